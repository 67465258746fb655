/* diag.h - diagnostic lines on standard error, for the operator.
 *
 * Is:      one line an event: time, level, area, message; JSON lines with HUREN_DIAG=json.
 * Is not:  the tlog, nor the audit trail. Never carries secrets or bodies.
 * Rule:    only web/, cli/ and the main loop of a thread call it.
 */
#ifndef HUREN_BASE_DIAG_H
#define HUREN_BASE_DIAG_H

#include "base/err.h"

enum diag_level { DIAG_DEBUG, DIAG_INFO, DIAG_WARN, DIAG_ALARM };

void diag_set_level(enum diag_level least);
void diag(enum diag_level level, const char *area, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The error with its hint, as one line. */
void diag_err(enum diag_level level, const char *area, const struct err *e);

#endif
