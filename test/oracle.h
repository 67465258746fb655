/* oracle.h - jansson's opinion of a JSON text, for tests. It stands in a file of its own because
 * its names and ours clash. */
#ifndef HUREN_TEST_ORACLE_H
#define HUREN_TEST_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

/* True when jansson takes the text: any value, no duplicate names, numbers as doubles. */
bool oracle_accepts(const char *text, size_t len);
/* True when jansson takes both and finds the same value in them. */
bool oracle_same(const char *text, size_t len, const char *other, size_t other_len);

#endif
