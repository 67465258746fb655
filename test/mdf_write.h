/* mdf_write.h - writes ASAM MDF 4 files for tests, benches and the simulator.
 *
 * Is:      a plain description of a file (groups, channels, records as bytes) turned into blocks,
 *          in the container asked for. Whatever is wrong with the description is written as it
 *          stands: hostile files are made by describing them so, or by changing bytes afterwards.
 * Is not:  part of the program; it shares no code with the reader.
 */
#ifndef HUREN_TEST_MDF_WRITE_H
#define HUREN_TEST_MDF_WRITE_H

#include "base/buf.h"

/* How the records of a data group are stored. */
enum mdf_container {
	MDF_DT,                /* one data block */
	MDF_DL,                /* list of data blocks of `block_bytes` */
	MDF_DZ,                /* one compressed block */
	MDF_DL_DZ,             /* list of compressed blocks */
	MDF_HL_DL_DZ,          /* the same behind a header of the list */
	MDF_LD                 /* 4.2: values (DV) and invalidation bytes (DI) apart; sorted only */
};
enum mdf_zip {
	MDF_ZIP_NONE = -1,     /* for MDF_LD: blocks are not compressed */
	MDF_DEFLATE, MDF_DEFLATE_TRANSPOSED, MDF_ZSTD, MDF_ZSTD_TRANSPOSED, MDF_LZ4,
	MDF_LZ4_TRANSPOSED
};

struct mdf_write_storage {
	enum mdf_container container;
	enum mdf_zip zip;
	uint32_t block_bytes;  /* payload of a block of a list; 0 = all in one. MDF_LD rounds it
	                          down to whole records */
	uint32_t list_blocks;  /* blocks of one DL or LD before the next of its chain; 0 = all */
	uint32_t columns;      /* of a transposed block; 0 = bytes of the first group's record */
	bool offsets;          /* DL with offsets instead of one length */
};

/* A conversion; `refs` are texts or further conversions. */
struct mdf_write_conversion {
	uint8_t type;
	uint32_t value_count;
	const double *values;  /* type 11: the bits of u64 masks */
	uint32_t ref_count;
	const struct mdf_write_ref *refs;
	const char *name, *unit;
};
struct mdf_write_ref {
	const char *text;      /* NULL and no conversion: a nil link */
	const struct mdf_write_conversion *conversion;
};

struct mdf_write_channel {
	const char *name, *unit;        /* unit NULL: none */
	bool unit_is_xml;               /* unit goes into an MD block */
	uint8_t type, sync, data_type, bit_offset;
	uint32_t byte_offset, bit_count, flags, inval_bit;
	const struct mdf_write_conversion *conversion;
	const uint8_t *stream;          /* VLSD: u32 length and bytes, again and again */
	uint32_t stream_len;
	const struct mdf_write_storage *stream_storage; /* NULL: one SD block */
	uint32_t stream_group;          /* VLSD in an unsorted group: 1 + index of the VLSD group */
	uint32_t size_channel;          /* MLSD: 1 + index of the channel with the length, which
	                                   must stand behind this one */
	uint32_t part_count;            /* channels behind this one that are its parts */
};

struct mdf_write_group {
	const char *name;               /* acquisition name; NULL: none */
	uint64_t record_id;
	uint16_t flags;
	uint32_t record_bytes, inval_bytes; /* a record has both, one behind the other */
	uint64_t rows;                  /* in `records` */
	uint64_t cycle_count;           /* claimed; 0 with `claim_none` false: as `rows` */
	bool claim_none;
	const uint8_t *records;         /* VLSD group: u32 length and bytes, `rows` times */
	uint32_t channel_count;
	const struct mdf_write_channel *channels;
	uint32_t master_data, master_group; /* remote master: 1 + index of data group, and the group
	                                       in it; must stand behind this one */
};

struct mdf_write_data {
	uint8_t id_bytes;               /* 0 when sorted */
	uint32_t group_count;
	const struct mdf_write_group *groups; /* more than one: record i of each in turn */
	bool last_first;                /* ... the last group's first */
	struct mdf_write_storage storage;
};

struct mdf_write_file {
	uint16_t version;               /* 410, 411, 420; 0 = 410 */
	bool unfinalized;
	uint16_t unfinalized_flags;
	uint64_t start_ns;
	uint8_t time_flags;
	uint32_t data_count;
	const struct mdf_write_data *data;
};

/* Appends the file to an empty buf. Overflow shows in the buf. */
void mdf_write(struct buf *b, const struct mdf_write_file *f);

/* The usual case in one call: columns of doubles over a time axis in seconds, one group. */
struct mdf_write_columns {
	const char *group;
	uint64_t start_ns;
	uint64_t rows;
	const double *times_s;
	uint32_t column_count;
	const char *const *names;
	const char *const *units;
	const double *const *columns;   /* NaN: marked by an invalidation bit */
	struct mdf_write_storage storage;
};
void mdf_write_columns(struct buf *b, const struct mdf_write_columns *c);

#endif
