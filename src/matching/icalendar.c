/* icalendar.c - see icalendar.h. */
#include "matching/icalendar.h"

#include "base/instant.h"

/* A line under way: how many octets stand on it already. */
struct folded {
	struct buf *b;
	size_t octets;
};

static size_t character_octets(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* What may not be parted: one character, or an escape. */
static void put_whole(struct folded *f, const char *at, size_t len)
{
	if (f->octets + len > ICALENDAR_LINE_OCTETS) {
		buf_put_text(f->b, "\r\n ");
		f->octets = 1; /* the space counts */
	}
	buf_put(f->b, at, len);
	f->octets += len;
}

static void put_escaped(struct folded *f, struct str s)
{
	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.at[i];
		size_t len = character_octets(c);
		if (i + len > s.len)
			len = s.len - i;
		if (c == '\n')
			put_whole(f, "\\n", 2);
		else if (c == '\\' || c == ';' || c == ',')
			put_whole(f, (char[2]){ '\\', (char)c }, 2);
		else if (c >= 0x20 && c != 0x7f)
			put_whole(f, s.at + i, len);
		i += len; /* other control characters are no text */
	}
}

static void put_plain(struct folded *f, struct str s)
{
	for (size_t i = 0; i < s.len;) {
		size_t len = character_octets((unsigned char)s.at[i]);
		if (i + len > s.len)
			len = s.len - i;
		put_whole(f, s.at + i, len);
		i += len;
	}
}

void icalendar_line(struct buf *b, const char *name, struct str text, bool is_text)
{
	struct folded f = { .b = b };

	put_plain(&f, str_of(name));
	put_plain(&f, STR(":"));
	if (is_text)
		put_escaped(&f, text);
	else
		put_plain(&f, text);
	buf_put_text(b, "\r\n");
}

/* "2026-11-24T03:04:05Z" is "20261124T030405Z" here. */
static void put_time(struct buf *b, const char *name, int64_t at)
{
	char text[INSTANT_TEXT_BYTES], out[INSTANT_TEXT_BYTES];
	size_t len = 0;

	instant_format(at, text);
	for (const char *c = text; *c; c++)
		if (*c != '-' && *c != ':')
			out[len++] = *c;
	icalendar_line(b, name, (struct str){ out, len }, false);
}

void icalendar_begin(struct buf *b, struct str name)
{
	icalendar_line(b, "BEGIN", STR("VCALENDAR"), false);
	icalendar_line(b, "VERSION", STR("2.0"), false);
	icalendar_line(b, "PRODID", STR("-//Huren//Bookings//ZH"), false);
	icalendar_line(b, "CALSCALE", STR("GREGORIAN"), false);
	icalendar_line(b, "METHOD", STR("PUBLISH"), false);
	icalendar_line(b, "X-WR-CALNAME", name, true);
}

void icalendar_event(struct buf *b, const struct ical_event *event)
{
	struct buf n;

	buf_init(&n, 32);
	buf_put_u64(&n, event->sequence);
	icalendar_line(b, "BEGIN", STR("VEVENT"), false);
	icalendar_line(b, "UID", event->uid, true);
	put_time(b, "DTSTAMP", event->stamp);
	icalendar_line(b, "SEQUENCE", buf_str(&n), false);
	put_time(b, "DTSTART", event->from);
	put_time(b, "DTEND", event->to);
	icalendar_line(b, "SUMMARY", event->summary, true);
	if (event->location.len > 0)
		icalendar_line(b, "LOCATION", event->location, true);
	if (event->description.len > 0)
		icalendar_line(b, "DESCRIPTION", event->description, true);
	icalendar_line(b, "STATUS", str_of(event->status), false);
	icalendar_line(b, "CLASS", event->is_private ? STR("PRIVATE") : STR("PUBLIC"), false);
	icalendar_line(b, "TRANSP", STR("OPAQUE"), false);
	icalendar_line(b, "END", STR("VEVENT"), false);
	buf_clear(&n);
}

void icalendar_end(struct buf *b)
{
	icalendar_line(b, "END", STR("VCALENDAR"), false);
}
