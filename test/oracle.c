/* oracle.c - see oracle.h. */
#include "oracle.h"

#include <jansson.h>

#define FLAGS (JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)

bool oracle_accepts(const char *text, size_t len)
{
	json_t *v = json_loadb(text, len, FLAGS, NULL);
	bool ok = v != NULL;

	json_decref(v);
	return ok;
}

bool oracle_same(const char *text, size_t len, const char *other, size_t other_len)
{
	json_t *one = json_loadb(text, len, FLAGS, NULL);
	json_t *two = json_loadb(other, other_len, FLAGS, NULL);
	bool ok = one && two && json_equal(one, two);

	json_decref(one);
	json_decref(two);
	return ok;
}
