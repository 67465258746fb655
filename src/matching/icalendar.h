/* icalendar.h - writing calendars (RFC 5545). Pure.
 *
 * Is:      lines with CRLF, folded at 75 octets between characters of UTF-8, texts escaped, times
 *          in UTC.
 * Is not:  a reader; recurrence, time zones.
 */
#ifndef HUREN_MATCHING_ICALENDAR_H
#define HUREN_MATCHING_ICALENDAR_H

#include "base/buf.h"
#include "base/str.h"

#define ICALENDAR_LINE_OCTETS 75

struct ical_event {
	struct str uid;            /* the same in every version */
	uint64_t sequence;         /* goes up with every change */
	int64_t from, to, stamp;
	struct str summary;
	struct str location, description;  /* may be empty */
	const char *status;        /* "CONFIRMED", "TENTATIVE", "CANCELLED" */
	bool is_private;           /* busy is all that is told */
};
void icalendar_begin(struct buf *b, struct str name);
void icalendar_event(struct buf *b, const struct ical_event *event);
void icalendar_end(struct buf *b);
/* One content line, folded; `text` is escaped when `is_text`. */
void icalendar_line(struct buf *b, const char *name, struct str text, bool is_text);

#endif
