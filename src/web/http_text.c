/* http_text.c - small parsers, each over one header or address. */
#include "web/http_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/instant.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err_code percent_decode(struct arena *a, struct str s, bool plus, struct str *ret,
	struct err *e)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t len = 0;

	if (!out)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (c == '+' && plus)
			c = ' ';
		if (c == '%') {
			int high = i + 2 < s.len ? hex_value(s.at[i + 1]) : -1;
			int low = i + 2 < s.len ? hex_value(s.at[i + 2]) : -1;
			if (high < 0 || low < 0)
				return err_set(e, ERR_INVALID,
					"address: byte %zu starts no %%xx escape", i);
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return err_set(e, ERR_INVALID, "address holds a NUL");
		out[len++] = c;
	}
	if (!str_is_utf8((struct str){ out, len }))
		return err_set(e, ERR_INVALID, "address is not UTF-8");
	*ret = (struct str){ out, len };
	return ERR_OK;
}

void percent_put(struct buf *b, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.at[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
		if (plain) {
			buf_put_char(b, (char)c);
			continue;
		}
		buf_put_char(b, '%');
		buf_put_char(b, digits[c >> 4]);
		buf_put_char(b, digits[c & 15]);
	}
}

enum err_code fields_parse(struct arena *a, struct str s, struct fields *ret, struct err *e)
{
	struct fields f = { 0 };

	while (s.len > 0) {
		struct str value = str_cut(&s, '&'), name;
		if (value.len == 0)
			continue;
		if (f.count == LIMIT_QUERY_FIELDS)
			return err_set(e, ERR_TOO_LARGE,
				"more than %d fields in the address or form", LIMIT_QUERY_FIELDS);
		name = str_cut(&value, '=');
		TRY(percent_decode(a, name, true, &f.at[f.count].name, e));
		TRY(percent_decode(a, value, true, &f.at[f.count].value, e));
		f.count++;
	}
	*ret = f;
	return ERR_OK;
}

struct str fields_get(const struct fields *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (str_is(f->at[i].name, name))
			return str_trim(f->at[i].value);
	return STR("");
}

struct str cookie_get(struct str header, const char *name)
{
	while (header.len > 0) {
		struct str value = str_trim(str_cut(&header, ';'));
		struct str key = str_cut(&value, '=');
		if (str_is(key, name) && value.at)
			return value;
	}
	return (struct str){ NULL, 0 };
}

static bool is_caseless(struct str s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || strncasecmp(s.at, text, s.len) == 0);
}

struct str bearer_get(struct str header)
{
	struct str scheme = str_cut(&header, ' ');

	if (!is_caseless(scheme, "bearer") || !header.at)
		return (struct str){ NULL, 0 };
	return str_trim(header);
}

bool media_type_is(struct str header, const char *type)
{
	return is_caseless(str_trim(str_cut(&header, ';')), type);
}

/* Cuts the next parameter "name=value" of a header; a quoted value may hold ";" and escapes. */
static bool next_parameter(struct arena *a, struct str *rest, struct str *ret_name,
	struct str *ret_value)
{
	size_t i = 0, len = 0;
	char *out;

	while (rest->len > 0 && strchr("; \t", rest->at[0]))
		*rest = str_skip(*rest, 1);
	while (i < rest->len && rest->at[i] != '=' && rest->at[i] != ';')
		i++;
	if (i == 0)
		return false;
	*ret_name = str_trim((struct str){ rest->at, i });
	*ret_value = STR("");
	*rest = str_skip(*rest, i);
	if (rest->len == 0 || rest->at[0] == ';')
		return true;
	*rest = str_skip(*rest, 1);
	if (rest->len == 0 || rest->at[0] != '"') {
		struct str value = str_cut(rest, ';');
		*ret_value = str_trim(value);
		return true;
	}
	out = arena_alloc(a, rest->len);
	if (!out)
		return false;
	for (i = 1; i < rest->len && rest->at[i] != '"'; i++) {
		if (rest->at[i] == '\\' && i + 1 < rest->len)
			i++;
		out[len++] = rest->at[i];
	}
	*ret_value = (struct str){ out, len };
	*rest = str_skip(*rest, i + 1);
	return true;
}

struct str parameter_get(struct arena *a, struct str header, const char *name)
{
	struct str key, value;

	(void)str_cut(&header, ';');
	while (header.len > 0 && next_parameter(a, &header, &key, &value))
		if (is_caseless(key, name))
			return value;
	return (struct str){ NULL, 0 };
}

/* q of a member's parameters in thousandths; 1000 when absent, 0 when malformed. */
static unsigned quality(struct str parameters)
{
	while (parameters.len > 0) {
		struct str value = str_trim(str_cut(&parameters, ';'));
		struct str key = str_trim(str_cut(&value, '='));
		unsigned q;
		if (!is_caseless(key, "q"))
			continue;
		value = str_trim(value);
		if (value.len == 0 || value.len > 5 || (value.at[0] != '0' && value.at[0] != '1'))
			return 0;
		q = value.at[0] == '1' ? 1000 : 0;
		for (size_t i = 2, unit = 100; i < value.len && q < 1000; i++, unit /= 10) {
			if (value.at[1] != '.' || value.at[i] < '0' || value.at[i] > '9')
				return 0;
			q += (unsigned)(value.at[i] - '0') * (unsigned)unit;
		}
		return q;
	}
	return 1000;
}

/* How exactly a range names a type: 3 itself, 2 "text" and "*", 1 any, 0 not at all. */
static unsigned specificity(struct str range, const char *type)
{
	const char *slash = strchr(type, '/');
	size_t prefix = (size_t)(slash - type) + 1;

	if (is_caseless(range, type))
		return 3;
	if (range.len == prefix + 1 && strncasecmp(range.at, type, prefix) == 0 &&
		range.at[prefix] == '*')
		return 2;
	return str_is(range, "*/*") ? 1 : 0;
}

size_t accept_choose(struct str header, const char *const *types, size_t count)
{
	size_t best = count;
	unsigned best_q = 0, best_exact = 0;

	if (str_trim(header).len == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct str rest = header;
		unsigned q = 0, exact = 0;
		while (rest.len > 0) {
			struct str member = str_cut(&rest, ',');
			struct str range = str_trim(str_cut(&member, ';'));
			unsigned how = specificity(range, types[i]);
			if (how <= exact)
				continue;
			exact = how;
			q = quality(member);
		}
		if (q > best_q || (q == best_q && q > 0 && exact > best_exact)) {
			best = i;
			best_q = q;
			best_exact = exact;
		}
	}
	return best;
}

bool accepts_gzip(struct str header)
{
	unsigned named = UINT32_MAX, any = 0;

	while (header.len > 0) {
		struct str member = str_cut(&header, ',');
		struct str coding = str_trim(str_cut(&member, ';'));
		if (is_caseless(coding, "gzip"))
			named = quality(member);
		else if (str_is(coding, "*"))
			any = quality(member);
	}
	return named == UINT32_MAX ? any > 0 : named > 0;
}

bool etag_matches(struct str header, struct str tag)
{
	if (str_starts(tag, "W/"))
		tag = str_skip(tag, 2);
	while (header.len > 0) {
		struct str one = str_trim(str_cut(&header, ','));
		if (str_starts(one, "W/"))
			one = str_skip(one, 2);
		if (str_is(one, "*") || (tag.len > 0 && str_eq(one, tag)))
			return true;
	}
	return false;
}

enum range_asked range_parse(struct str header, uint64_t size, uint64_t *ret_from,
	uint64_t *ret_count)
{
	struct str rest = str_trim(header), first;
	uint64_t from = 0, last = 0;

	if (!str_starts(rest, "bytes=") || str_find(rest, STR("-")) == SIZE_MAX)
		return RANGE_NONE;
	rest = str_skip(rest, 6);
	first = str_cut(&rest, '-');
	if (first.len == 0) { /* the last so many */
		if (str_parse_u64(rest, &last, NULL) != ERR_OK)
			return RANGE_NONE;
		from = last < size ? size - last : 0;
		last = last == 0 ? 0 : size;
	} else {
		if (str_parse_u64(first, &from, NULL) != ERR_OK ||
			(rest.len > 0 && str_parse_u64(rest, &last, NULL) != ERR_OK))
			return RANGE_NONE;
		if (rest.len > 0 && last < from)
			return RANGE_NONE;
		last = rest.len > 0 && last < size ? last + 1 : size;
	}
	if (from >= size || last <= from)
		return RANGE_OUTSIDE;
	*ret_from = from;
	*ret_count = last - from;
	return RANGE_GIVEN;
}

void http_date(int64_t at, char ret[HTTP_DATE_BYTES])
{
	static const char days[] = "ThuFriSatSunMonTueWed", months[] =
		"JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[INSTANT_TEXT_BYTES];
	int month;

	instant_format(at, text); /* "2026-11-24T03:04:05Z" */
	month = (text[5] - '0') * 10 + (text[6] - '0') - 1;
	(void)snprintf(ret, HTTP_DATE_BYTES, "%.3s, %.2s %.3s %.4s %.8s GMT",
		days + 3 * (at / 86400 % 7), text + 8, months + 3 * month, text, text + 11);
}
