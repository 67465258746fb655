/* limits.c - the table of limits.h as data. */
#include "base/limits.h"

#include "base/buf.h"

/* Character i of a macro name in lower case, NUL behind its end, as a constant expression. */
#define AT(s, i) ((i) < sizeof(s) ? (s)[(i) < sizeof(s) ? (i) : 0] : '\0')
#define LOWER(s, i) (char)(AT(s, i) >= 'A' && AT(s, i) <= 'Z' ? AT(s, i) + ('a' - 'A') : AT(s, i))
#define LOWER_8(s, i)                                                               \
	LOWER(s, (i)), LOWER(s, (i) + 1), LOWER(s, (i) + 2), LOWER(s, (i) + 3),     \
		LOWER(s, (i) + 4), LOWER(s, (i) + 5), LOWER(s, (i) + 6), LOWER(s, (i) + 7)

#define NAME_BYTES 32

#define X(name, value, unit, seen, why)                                                    \
	_Static_assert(sizeof(#name) <= NAME_BYTES, "the lower-case name has its NUL");    \
	static const char name_##name[NAME_BYTES] = { LOWER_8(#name, 0), LOWER_8(#name, 8), \
		LOWER_8(#name, 16), LOWER_8(#name, 24) };
LIMITS_TABLE(X)
#undef X

const struct limit limits_table[] = {
#define X(name, value, unit, seen, why) { name_##name, (value), unit, seen, why },
	LIMITS_TABLE(X)
#undef X
};

const size_t limits_count = sizeof(limits_table) / sizeof(limits_table[0]);

void limits_markdown(struct buf *b)
{
	buf_put_text(b, "# Limits\n\n"
		"Every bound of the program, from the table in `src/base/limits.h`. The command\n"
		"`huren limits` prints the same table, and each row has a test `limit_<name>`.\n\n"
		"| name | value | what you see when it is hit | why this value |\n"
		"| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < limits_count; i++) {
		const struct limit *l = &limits_table[i];
		buf_printf(b, "| `%s` | ", l->name);
		buf_put_u64(b, l->value);
		buf_printf(b, " %s | %s | %s |\n", l->unit, l->seen, l->why);
	}
}
