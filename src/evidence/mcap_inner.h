/* mcap_inner.h - the walk over an MCAP file that listing and reading share.
 *
 * Is not:  for use outside evidence/mcap*.c.
 */
#ifndef HUREN_EVIDENCE_MCAP_INNER_H
#define HUREN_EVIDENCE_MCAP_INNER_H

#include "base/buf.h"
#include "evidence/osi_inner.h"

struct mcap_schema {
	uint16_t id;
	struct str name, encoding;
};
struct mcap_channel {
	uint16_t id, schema;
	struct str topic, encoding;
	bool readable;
	enum osi_type type;
	uint32_t group;            /* of a readable one, in order of appearance */
};

/* What went wrong on the way, and how often. */
struct mcap_faults {
	uint64_t checksums, chunks, records, orphans, compressions, conflicts;
	bool torn, data_checksum;
};

struct mcap_walk {
	struct arena *a;
	const struct evidence_file *file;
	uint64_t expanded;         /* bytes of all chunks so far */
	struct buf chunk;          /* records of a compressed one */
	uint32_t schema_count, channel_count, group_count;
	struct mcap_schema *schemas;     /* LIMIT_MCAP_CHANNELS each */
	struct mcap_channel *channels;
	uint16_t *places;          /* channel id -> place + 1 */
	struct mcap_faults faults;
	/* A readable channel appears; a message of one. */
	enum err_code (*channel)(void *context, const struct mcap_channel *channel, struct err *e);
	enum err_code (*message)(void *context, const struct mcap_channel *channel,
		struct protobuf message, struct err *e);
	void *context;
};

/* Sets up `a`, `file`; the caller adds the functions. ERR_INVALID: no MCAP file; ERR_TOO_LARGE:
 * arena. */
MUST_USE enum err_code mcap_walk_new(struct arena *a, const struct evidence_file *file,
	struct mcap_walk *ret, struct err *e);
/* The records up to the end of data. ERR_TOO_LARGE: a limit; or what a function returned. */
MUST_USE enum err_code mcap_walk_run(struct mcap_walk *w, struct err *e);
void mcap_walk_clear(struct mcap_walk *w);

/* Bytes of a record, taken from the front. All give false past the end and then take nothing. */
bool mcap_take(struct str *rest, uint64_t len, struct str *ret);
bool mcap_take_uint(struct str *rest, int bytes, uint64_t *ret);
bool mcap_take_string(struct str *rest, struct str *ret);

/* Decompresses into `to`, which must be filled exactly. */
bool mcap_decompress(struct str compression, struct str packed, char *to, size_t len,
	bool *ret_known);

#endif
