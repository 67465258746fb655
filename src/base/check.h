/* check.h - assertions that stay in release builds.
 *
 * Is:      CHECK(x) for our own mistakes: prints file and line, then aborts.
 * Is not:  input checking. What comes from outside, from disk or from a peer gets an `err`.
 */
#ifndef HUREN_BASE_CHECK_H
#define HUREN_BASE_CHECK_H

#define MUST_USE __attribute__((warn_unused_result))

__attribute__((noreturn)) void check_failed(const char *condition, const char *file, int line);

#define CHECK(condition) \
	((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

#endif
