/* evidence.c - finds the format of a file and hands over to its reader. */
#include "evidence/evidence.h"

#include "evidence/csv.h"
#include "evidence/evidence_inner.h"
#include "evidence/mcap.h"
#include "evidence/mdf.h"
#include "evidence/osi.h"

/* The first that recognises the file reads it: those with a magic number stand first, any text is
 * last. */
static const struct evidence_format formats[] = {
	{ "mdf", mdf_recognises, bus_list, bus_read },
	{ "mcap", mcap_recognises, mcap_list, mcap_read },
	{ "osi", osi_recognises, osi_list, osi_read },
	{ "csv", csv_recognises, csv_list, csv_read },
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

static enum err_code find_format(const struct evidence_file *file,
	const struct evidence_format **ret, struct err *e)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (formats[i].recognises(file)) {
			*ret = &formats[i];
			return ERR_OK;
		}
	}
	(void)err_set(e, ERR_UNSUPPORTED, "file is of no measurement format known here");
	return err_hint(e, "Known are MDF 4, CSV, VBOX, OSI traces and MCAP.");
}

enum err_code evidence_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	const struct evidence_format *format;

	TRY(find_format(file, &format, e));
	return format->list(a, file, mapping, ret, e);
}

/* The caller's own mistakes: places past the listing, a channel twice. */
static enum err_code check_wanted(struct arena *a, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t count, struct err *e)
{
	uint8_t *seen = arena_alloc(a, listing->channel_count);

	if (!seen)
		return err_set(e, ERR_TOO_LARGE, "file has too many channels");
	for (uint32_t i = 0; i < count; i++) {
		CHECK(wanted[i] < listing->channel_count);
		CHECK(!seen[wanted[i]]);
		seen[wanted[i]] = 1;
	}
	return ERR_OK;
}

enum err_code evidence_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	const struct evidence_format *format;

	TRY(find_format(file, &format, e));
	TRY(check_wanted(a, listing, wanted, wanted_count, e));
	return format->read(a, file, mapping, listing, wanted, wanted_count, sink, e);
}
