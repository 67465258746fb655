/* mdf_inner.h - what the parts of the MDF reader share.
 *
 * From the bottom up: blocks (mdf_block.c), what the file declares (mdf_model.c, mdf_channel.c),
 * conversions (mdf_conversion.c, mdf_convert.c, mdf_formula.c), bytes of a data chain
 * (mdf_unpack.c, mdf_chain.c), records (mdf_cursor.c, mdf_demux.c, mdf_walk.c), texts of variable
 * length (mdf_stream.c), fields of records to values (mdf_gather.c, mdf_label.c, mdf_column.c,
 * mdf_clock.c), and the doors (mdf.c, mdf_read.c, mdf_can.c).
 */
#ifndef HUREN_EVIDENCE_MDF_INNER_H
#define HUREN_EVIDENCE_MDF_INNER_H

#include <string.h>

#include "base/limits.h"
#include "evidence/evidence.h"

#define MDF_NONE UINT32_MAX

/* ---- blocks ---------------------------------------------------------------------------------- */

struct mdf_source {
	const struct evidence_file *file;
	/* Bytes of metadata that may still be read: blocks may be shared, but a file whose links
	 * unfold to many times its size is no measurement. */
	uint64_t work_left;
};

struct mdf_block {
	uint64_t at, length, link_count;
	const uint8_t *links, *data;
	uint64_t data_len;
};

static inline uint16_t mdf_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t mdf_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t mdf_u64(const uint8_t *p)
{
	return mdf_u32(p) | (uint64_t)mdf_u32(p + 4) << 32;
}

void mdf_source_init(struct mdf_source *s, const struct evidence_file *file);
/* Any block whose header holds together: lengths inside the file, links inside the block. */
MUST_USE enum err_code mdf_block_any(struct mdf_source *s, uint64_t at, struct mdf_block *ret,
	struct err *e);
/* One of kind `id` with at least so many links and data bytes. */
MUST_USE enum err_code mdf_block_of(struct mdf_source *s, uint64_t at, const char *id,
	uint64_t links, uint64_t data_bytes, struct mdf_block *ret, struct err *e);
bool mdf_block_is(const struct mdf_source *s, const struct mdf_block *b, const char *id);
/* 0 past the end: links may be missing in files of an older minor version. */
uint64_t mdf_link(const struct mdf_block *b, uint64_t index);
/* Text of a TX block, or what stands in the first TX element of an MD block; empty for a nil link.
 * Bytes that are no UTF-8 become U+FFFD. */
MUST_USE enum err_code mdf_text(struct mdf_source *s, struct arena *a, uint64_t at,
	struct str *ret, struct err *e);
/* UTF-8 of bytes in one of the text encodings of a channel (data types 6 to 9), up to the first
 * zero; at == NULL at the arena's cap. */
struct str mdf_decode_text(struct arena *a, uint8_t data_type, const uint8_t *bytes, size_t len);

/* ---- what the file declares ------------------------------------------------------------------ */

enum {
	MDF_CN_FIXED, MDF_CN_VLSD, MDF_CN_MASTER, MDF_CN_VIRTUAL_MASTER, MDF_CN_SYNC, MDF_CN_MLSD,
	MDF_CN_VIRTUAL
};
enum {
	MDF_TYPE_UNSIGNED = 0, MDF_TYPE_UNSIGNED_BE, MDF_TYPE_SIGNED, MDF_TYPE_SIGNED_BE,
	MDF_TYPE_FLOAT, MDF_TYPE_FLOAT_BE, MDF_TYPE_LATIN1, MDF_TYPE_UTF8, MDF_TYPE_UTF16,
	MDF_TYPE_UTF16_BE, MDF_TYPE_BYTES, MDF_TYPE_MIME, MDF_TYPE_MIME_STREAM,
	MDF_TYPE_CANOPEN_DATE, MDF_TYPE_CANOPEN_TIME, MDF_TYPE_COMPLEX, MDF_TYPE_COMPLEX_BE
};
#define MDF_CN_ALL_INVALID 1u
#define MDF_CN_INVALID_BIT 2u
#define MDF_CG_VLSD 1u
#define MDF_CG_REMOTE_MASTER 8u
#define MDF_UNFIN_CYCLES 0x01u
#define MDF_UNFIN_LAST_DT 0x04u
#define MDF_UNFIN_LAST_DL 0x10u
#define MDF_UNFIN_VLSD_OFFSETS 0x40u

/* Why something cannot be read; text NULL: it can. */
struct mdf_reason {
	enum note_code code;
	const char *text;
};

struct mdf_conversion;

struct mdf_channel {
	struct str name, unit;
	uint64_t at;           /* of its CN block */
	uint32_t group;
	uint8_t type, sync, data_type, bit_offset;
	uint32_t byte_offset, bit_count, flags, inval_bit;
	uint64_t data;         /* link: stream of a VLSD channel, size channel of an MLSD one */
	bool is_array;         /* composition is a CA block */
	enum channel_kind kind;
	const struct mdf_conversion *conversion; /* NULL: identity */
	struct mdf_reason why_not;
};

struct mdf_group {
	struct str name;
	uint64_t at, record_id, cycles, remote; /* remote: link to the group with the time axis */
	uint16_t flags;
	uint32_t data_bytes, inval_bytes;
	uint32_t data_group, first_channel, channel_count;
	uint32_t master;       /* time channel, of the remote group if any; or MDF_NONE */
	uint32_t own_master;   /* in this group itself */
	uint32_t remote_group;
	bool has_time;
	struct mdf_reason no_time;
};

/* A group without channels that carries the texts of other groups' channels. */
struct mdf_stream_group {
	uint64_t at, record_id;
	uint32_t data_group;
};

struct mdf_data_group {
	uint64_t at, data;
	uint8_t id_bytes;
	uint32_t first_group, group_count, first_stream, stream_count;
};

struct mdf_note {
	enum note_code code;
	struct str where, text;
};

struct mdf_model {
	struct mdf_source source;
	struct arena *arena;
	bool unfinalized;
	uint16_t unfin_flags;
	int64_t start_ns;
	uint64_t last_data_at; /* DT block that reaches to the end of an unfinalized file, or 0 */
	uint32_t data_group_count, group_count, stream_count, channel_count, note_count;
	struct mdf_data_group *data_groups;
	struct mdf_group *groups;
	struct mdf_stream_group *streams;
	struct mdf_channel *channels;
	struct mdf_note *notes;        /* about the file as a whole */
	struct mdf_conversion_cache *conversions;
};

/* Walks HD, DG, CG and CN. */
MUST_USE enum err_code mdf_model_load(struct arena *a, const struct evidence_file *file,
	struct mdf_model *ret, struct err *e);
/* Fills kind, conversion and why_not of every channel, has_time of every group. */
MUST_USE enum err_code mdf_channels_judge(struct mdf_model *m, struct err *e);
/* Room for one more element: doubles the array in the arena. */
MUST_USE enum err_code mdf_grow(struct arena *a, void **at, uint32_t count, size_t size,
	struct err *e);
MUST_USE enum err_code mdf_too_large(struct err *e);
bool mdf_is_text_type(uint8_t data_type);
bool mdf_is_integer_type(uint8_t data_type);

/* ---- conversions ----------------------------------------------------------------------------- */

enum {
	MDF_CC_NONE, MDF_CC_LINEAR, MDF_CC_RATIONAL, MDF_CC_ALGEBRAIC, MDF_CC_TABLE_INTERPOLATED,
	MDF_CC_TABLE, MDF_CC_RANGE, MDF_CC_TEXT, MDF_CC_RANGE_TEXT, MDF_CC_FROM_TEXT,
	MDF_CC_TEXT_TEXT, MDF_CC_BITFIELD_TEXT
};

struct mdf_formula;

struct mdf_ref {
	struct str text;       /* at == NULL: none */
	const struct mdf_conversion *conversion; /* instead of the text */
};

struct mdf_conversion {
	uint8_t type;
	bool ascending;        /* keys or ranges can be searched by halves */
	bool has_numbers, has_texts; /* what results can be */
	uint32_t count;        /* keys, ranges or pairs, without the default */
	uint32_t value_count, ref_count;
	const double *values;
	const uint64_t *masks;
	const struct mdf_ref *refs; /* `count` and the default, whose place may be empty */
	const struct mdf_formula *formula;
	struct str name, unit;
};

/* Parses the CC block once; `why_not` tells what is wrong with it. Errors are only those of the
 * whole reading (memory, work). */
MUST_USE enum err_code mdf_conversion_load(struct mdf_model *m, uint64_t at,
	const struct mdf_conversion **ret, struct mdf_reason *ret_why_not, struct err *e);

enum mdf_result { MDF_IS_NUMBER, MDF_IS_TEXT, MDF_IS_MISSING };
/* One value; `x` may be NaN (missing). `integer`: raw values are integers, ranges include their
 * ends. */
enum mdf_result mdf_convert(const struct mdf_conversion *c, double x, bool integer,
	double *ret, struct str *ret_text);
/* For conversions without texts: in place. */
void mdf_convert_all(const struct mdf_conversion *c, bool integer, double *values, size_t count);
/* Types 9 and 10. */
enum mdf_result mdf_convert_text(const struct mdf_conversion *c, struct str text, double *ret,
	struct str *ret_text);
/* Type 11: the texts of the fields, joined. at == NULL at the arena's cap. */
struct str mdf_convert_bits(struct arena *a, const struct mdf_conversion *c, uint64_t raw);

/* ERR_INVALID: no expression; ERR_UNSUPPORTED: a function we do not compute; ERR_TOO_LARGE. */
MUST_USE enum err_code mdf_formula_parse(struct arena *a, struct str text,
	const struct mdf_formula **ret, struct err *e);
double mdf_formula_value(const struct mdf_formula *f, double x);

/* ---- data ------------------------------------------------------------------------------------ */

struct mdf_unpacker;
/* Never NULL; belongs to the one who opened it, since the libraries hold memory of their own. */
struct mdf_unpacker *mdf_unpacker_open(struct arena *a);
void mdf_unpacker_close(struct mdf_unpacker *u); /* accepts NULL */
/* The bytes of a DZ block as stored inside, valid until the next call. `kind` is "DT", "SD" ...;
 * ret_columns is 0 when the bytes are not transposed. */
MUST_USE enum err_code mdf_unpack(struct mdf_unpacker *u, const struct mdf_block *b,
	const char *kind, const uint8_t **ret, uint64_t *ret_len, uint32_t *ret_columns,
	struct err *e);
/* Bytes the block says it unpacks to, after the checks that need no unpacking. */
MUST_USE enum err_code mdf_unpack_claim(const struct mdf_block *b, const char *kind,
	uint64_t *ret_len, struct err *e);
/* Rows again from columns; valid until the next call. */
MUST_USE enum err_code mdf_unpack_turn(struct mdf_unpacker *u, const uint8_t *bytes, uint64_t len,
	uint32_t columns, const uint8_t **ret, struct err *e);

/* One part of a data chain. */
struct mdf_piece {
	const uint8_t *at;
	uint64_t len;
	uint32_t columns;      /* != 0: still transposed */
	const uint8_t *inval;  /* invalidation bytes of a column store, or NULL */
	uint64_t inval_len;
	uint64_t from, to;     /* where it stands in the file */
	bool mapped;           /* `at` is the file itself */
	bool torn;             /* the block claims more than the file has */
};
struct mdf_chain {
	struct mdf_model *model;
	const char *kind;      /* "DT" or "SD" */
	bool columns, headers_only, torn, done, column_store;
	uint64_t start, next;  /* links: of the chain, of what follows the list at hand */
	struct mdf_block list;
	uint64_t index, count;
	bool list_has_inval;
	uint64_t disk_left;    /* a block stands once in a chain: more is a circle */
	uint64_t passed;
	struct mdf_unpacker *unpacker, *inval_unpacker;
};
/* `columns`: hand out transposed blocks as they are. */
void mdf_chain_open(struct mdf_chain *c, struct mdf_model *m, uint64_t link, const char *kind,
	bool columns);
void mdf_chain_close(struct mdf_chain *c);
void mdf_chain_rewind(struct mdf_chain *c);
/* `ret_more` false: at the end. ERR_INVALID: the chain is broken from here on. */
MUST_USE enum err_code mdf_chain_next(struct mdf_chain *c, struct mdf_piece *ret, bool *ret_more,
	struct err *e);
/* Tells the caller that the chain is past this place of the file. */
void mdf_chain_passed(struct mdf_chain *c, uint64_t upto);
/* Bytes of records (of their values alone in a column store) that the chain comes to, by headers
 * alone. False: it is broken. */
bool mdf_chain_length(struct mdf_model *m, uint64_t link, uint64_t *ret_bytes,
	bool *ret_column_store);

/* Records side by side: byte b of record r is at[r * stride + b * step]. */
struct mdf_rows {
	const uint8_t *at;
	uint64_t stride, step;
	const uint8_t *inval;
	uint64_t inval_stride, inval_step;
	uint64_t count;
	uint64_t first;        /* index of the first record in its group */
};
static inline void mdf_rows_skip(struct mdf_rows *r, uint64_t count)
{
	r->at += count * r->stride;
	if (r->inval)
		r->inval += count * r->inval_stride;
	r->count -= count;
	r->first += count;
}

/* Walks the records of a group that is alone in its data group. */
struct mdf_cursor {
	struct mdf_chain chain;
	const struct mdf_group *group;
	uint64_t size;         /* of a record as it stands in the chain */
	struct mdf_piece piece;
	uint64_t used, rows;   /* rows taken of the piece, and in it */
	uint64_t at;           /* bytes of the piece before its first whole record */
	uint8_t *carry;        /* a record that straddles pieces */
	uint64_t carry_len, row, last_view;
	bool over;
};
MUST_USE enum err_code mdf_cursor_open(struct mdf_cursor *c, struct mdf_model *m,
	const struct mdf_group *g, struct err *e);
void mdf_cursor_close(struct mdf_cursor *c);
/* At least one record, or none at the end. Valid until mdf_cursor_take and the next call. */
MUST_USE enum err_code mdf_cursor_view(struct mdf_cursor *c, struct mdf_rows *ret, struct err *e);
void mdf_cursor_take(struct mdf_cursor *c, uint64_t count);
/* Bytes of a record that did not come whole. */
bool mdf_cursor_torn(const struct mdf_cursor *c);

/* ---- texts of variable length ---------------------------------------------------------------- */

enum mdf_found { MDF_FOUND, MDF_NOT_YET, MDF_GONE };

/* Where the values of a VLSD channel are: a chain of SD blocks, or the latest records of a VLSD
 * group while its data group is walked. */
struct mdf_stream {
	bool is_group;
	struct mdf_chain chain;        /* SD */
	struct mdf_piece piece;
	uint64_t piece_at;             /* offset of the piece in the stream */
	bool open, ended;
	uint32_t rewinds;
	uint8_t *scratch;
	uint8_t *window;               /* group: bytes [begin, end) of the stream */
	uint64_t begin, end;
};
void mdf_stream_open_chain(struct mdf_stream *s, struct mdf_model *m, uint64_t link);
MUST_USE enum err_code mdf_stream_open_group(struct mdf_stream *s, struct arena *a, struct err *e);
void mdf_stream_close(struct mdf_stream *s);
/* True when so many bytes fit without losing any; else call mdf_stream_drop first. */
bool mdf_stream_fits(const struct mdf_stream *s, uint64_t len);
void mdf_stream_drop(struct mdf_stream *s);
/* A record of the VLSD group: length and bytes. Too long ones are passed over. */
void mdf_stream_append(struct mdf_stream *s, const uint8_t *bytes, uint32_t len);
/* Bytes of the value at `offset`; valid until the next call of any function of the stream. Errors
 * are those of the whole reading. */
MUST_USE enum err_code mdf_stream_get(struct mdf_stream *s, uint64_t offset, enum mdf_found *ret,
	struct str *ret_bytes, struct err *e);

/* ---- fields ---------------------------------------------------------------------------------- */

/* Values are decoded in tiles of at most so many rows: a tile of records stays in the nearest
 * cache while column after column is taken from it. */
#define MDF_TILE_ROWS 1024

struct mdf_field {
	uint32_t byte_offset;
	uint8_t bytes;         /* 1..9 */
	uint8_t bit_offset, bit_count, data_type;
	void (*plain)(const uint8_t *at, size_t stride, size_t count, double *ret);
	void (*linear)(const uint8_t *at, size_t stride, size_t count, double *ret, double offset,
		double factor);
};
/* Of a numeric data type (0..5) whose bounds were checked. */
void mdf_field_init(struct mdf_field *f, uint8_t data_type, uint32_t byte_offset,
	uint8_t bit_offset, uint32_t bit_count);
/* At most MDF_TILE_ROWS rows. */
void mdf_field_values(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	double *ret);
void mdf_field_linear(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	double offset, double factor, double *ret);
/* Integers: sign-extended bits. */
void mdf_field_raw(const struct mdf_field *f, const struct mdf_rows *rows, size_t count,
	uint64_t *ret);
/* A field's bytes record by record, from `count` records whose bytes stand in columns. */
void mdf_turn(const uint8_t *at, size_t step, size_t count, size_t bytes, uint8_t *to);
/* Copies values past the caches, for columns that are read much later; others see them after
 * mdf_store_end. */
void mdf_store(double *to, const double *from, size_t count);
void mdf_store_end(void);
/* `len` bytes of a record at `offset`. */
void mdf_rows_bytes(const struct mdf_rows *rows, uint64_t row, uint32_t offset, size_t len,
	uint8_t *ret);
/* NaN where the invalidation bit is set; returns how many are not. */
uint64_t mdf_rows_invalidate(const struct mdf_rows *rows, uint32_t bit, size_t count, double *ret);

/* Texts met so far in a column, by index. */
struct mdf_labels {
	struct arena *arena;
	uint32_t count, capacity;
	uint32_t *slots;       /* index + 1, open addressing */
	struct str *texts;
	bool full;
};
/* Index of the text, MDF_NONE when there are too many. ret_new: it was not there before. */
MUST_USE enum err_code mdf_label(struct mdf_labels *l, struct str text, uint32_t *ret,
	bool *ret_new, struct err *e);

/* A channel being read. */
struct mdf_column {
	struct mdf_model *model;
	const struct mdf_channel *channel;
	uint32_t wanted;       /* place in the caller's list; MDF_NONE: not the caller's */
	const struct evidence_sink *sink;
	bool integer, has_inval, plain_linear, is_bytes;
	double linear_offset, linear_factor;
	struct mdf_field field;        /* the value, or the offset of a VLSD one */
	struct mdf_field size_field;   /* MLSD */
	struct mdf_stream *stream;     /* VLSD */
	struct mdf_labels labels;
	bool have_last, last_textual;
	uint64_t last_bits;
	double last_value;
	uint64_t rows, valid, lost, textual, too_many;
	bool inexact;
	struct arena scratch;
};
MUST_USE enum err_code mdf_column_open(struct mdf_column *c, struct mdf_model *m,
	const struct mdf_channel *channel, uint32_t wanted, const struct evidence_sink *sink,
	struct err *e);
void mdf_column_close(struct mdf_column *c);
/* At most MDF_TILE_ROWS rows. */
MUST_USE enum err_code mdf_column_decode(struct mdf_column *c, const struct mdf_rows *rows,
	size_t count, double *ret, struct err *e);
/* Rows from the first on whose texts are at hand already. */
MUST_USE enum err_code mdf_column_ready(struct mdf_column *c, const struct mdf_rows *rows,
	uint64_t *ret, struct err *e);
/* What the values had against them, as notes. */
MUST_USE enum err_code mdf_column_notes(struct mdf_column *c, struct err *e);
/* Bytes of a value of one row (VLSD, MLSD, fixed); at == NULL: not at hand. Valid until the next
 * call. `room` holds at least 256 bytes for those that are not contiguous. */
MUST_USE enum err_code mdf_column_bytes(struct mdf_column *c, const struct mdf_rows *rows,
	uint64_t row, uint8_t *room, struct str *ret, struct err *e);

/* A time axis: a column in seconds to nanoseconds. */
struct mdf_clock {
	struct mdf_column column;
	bool exact;            /* integers: time = offset + raw * scale, without doubles */
	int64_t scale, offset;
	uint64_t bad;          /* rows without a usable time */
};
MUST_USE enum err_code mdf_clock_open(struct mdf_clock *k, struct mdf_model *m,
	const struct mdf_channel *channel, struct err *e);
/* At most MDF_TILE_ROWS; INT64_MIN marks a row without time. */
MUST_USE enum err_code mdf_clock_decode(struct mdf_clock *k, const struct mdf_rows *rows,
	size_t count, int64_t *ret, uint64_t *ret_bad, struct err *e);

/* ---- walking --------------------------------------------------------------------------------- */

/* Takes the records of one group as they come. */
struct mdf_taker {
	uint32_t group;
	/* `master` are the rows with the time axis; the same as `rows` but for a remote master. */
	enum err_code (*rows)(struct mdf_taker *t, const struct mdf_rows *rows,
		const struct mdf_rows *master, struct err *e);
	/* For groups with texts in a VLSD group, else NULL: how many rows can be taken now. */
	enum err_code (*ready)(struct mdf_taker *t, const struct mdf_rows *rows, uint64_t *ret,
		struct err *e);
	uint64_t expected;     /* rows, as far as can be told before; 0 = not known */
	/* The walk's own: */
	uint64_t cycles;       /* claimed; UINT64_MAX: as many as there are */
	uint64_t done;         /* records handed over */
	bool surplus;          /* there are more than claimed */
	uint8_t *stage;        /* demultiplexed records that wait */
	uint64_t stage_rows, stage_max, size;
};
/* A VLSD group that some taker wants. */
struct mdf_wanted_stream {
	uint64_t at;           /* its CG block */
	struct mdf_stream stream;
};

/* Records a group has as far as headers tell; false: only a pass over the file would. */
bool mdf_group_rows(struct mdf_model *m, const struct mdf_group *g, uint64_t *ret);
/* Hands the records of a data group to its takers; notes go to the sink. Errors are those of the
 * whole reading or of a taker; what is wrong with the data is a note. */
MUST_USE enum err_code mdf_walk(struct mdf_model *m, uint32_t data_group,
	struct mdf_taker **takers, uint32_t taker_count, struct mdf_wanted_stream *streams,
	uint32_t stream_count, const struct evidence_sink *sink, struct err *e);
MUST_USE enum err_code mdf_demux(struct mdf_model *m, uint32_t data_group,
	struct mdf_taker **takers, uint32_t taker_count, struct mdf_wanted_stream *streams,
	uint32_t stream_count, const struct evidence_sink *sink, struct err *e);
MUST_USE enum err_code mdf_note(const struct evidence_sink *sink, enum note_code code,
	struct str where, struct str text, struct err *e);
/* Damage found while walking as a note, other errors as they are. */
MUST_USE enum err_code mdf_note_damage(const struct evidence_sink *sink, struct arena *a,
	struct str where, const struct err *why, struct err *e);
/* Notes of fewer or more records than claimed. */
MUST_USE enum err_code mdf_note_counts(struct mdf_model *m, const struct mdf_taker *t, bool torn,
	const struct evidence_sink *sink, struct err *e);

/* Opens the stream of each VLSD column of a group; those of VLSD groups are shared in `streams`,
 * which has room for `stream_max`. */
struct mdf_stream_set {
	struct mdf_wanted_stream *streams;
	uint32_t count, max;
	struct mdf_stream *chains;     /* one a column with a chain of its own */
	uint32_t chain_count, chain_max;
};
MUST_USE enum err_code mdf_streams_open(struct mdf_stream_set *s, struct mdf_model *m,
	uint32_t columns, struct err *e);
MUST_USE enum err_code mdf_streams_attach(struct mdf_stream_set *s, struct mdf_column *c,
	struct err *e);
void mdf_streams_close(struct mdf_stream_set *s);

#endif
