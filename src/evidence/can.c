/* can.c - the frames of an MDF bus mdf into the decoder. */
#include "evidence/can.h"

#include "evidence/can_decode.h"
#include "evidence/mapping.h"
#include "evidence/mdf.h"
#include "evidence/reader_inner.h"

static enum err_code count_frame(void *context, const struct can_frame *frame, struct err *e)
{
	(void)e; /* nothing can fail here */
	can_count(context, frame);
	return ERR_OK;
}

static enum err_code decode_frame(void *context, const struct can_frame *frame, struct err *e)
{
	return can_decode(context, frame, e);
}

enum err_code can_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct listing_draft d = { .a = a };
	struct evidence_sink notes = listing_note_sink(&d);
	struct evidence_listing mdf;
	struct can_model m;
	uint32_t groups;

	TRY(mdf_list(a, file, mapping, &mdf, e));
	for (uint32_t i = 0; i < mdf.note_count; i++)
		TRY(listing_add_note(&d, mdf.notes[i].code, mdf.notes[i].where, mdf.notes[i].text,
			e));
	TRY(can_model_new(a, mapping->dbc, &m, e));
	TRY(mdf_read_can(a, file, count_frame, &m, &notes, &groups, e));
	if (groups == 0)
		return err_set(e, ERR_UNSUPPORTED,
			"the mapping names a DBC file, but the file holds no CAN frames");
	TRY(can_listing(&m, &d, e));
	listing_finish(&d, mdf.format, mdf.start_ns, ret);
	return ERR_OK;
}

enum err_code can_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct can_decoder *decoder;
	struct can_model m;
	uint32_t groups;

	if (wanted_count == 0)
		return ERR_OK;
	TRY(can_model_new(a, mapping->dbc, &m, e));
	TRY(can_decoder_new(&m, listing, wanted, wanted_count, sink, &decoder, e));
	TRY(mdf_read_can(a, file, decode_frame, decoder, sink, &groups, e));
	return can_decoder_end(decoder, e);
}
