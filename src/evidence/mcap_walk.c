/* mcap_walk.c - one linear pass over the records of an MCAP file.
 *
 * Lengths are compared with what is left, by subtraction only. A broken record inside a chunk ends
 * that chunk; one outside ends the file, since nothing says where the next begins.
 */
#include <string.h>
#include <zlib.h>

#include "base/limits.h"
#include "evidence/mcap_inner.h"

#define MAGIC_BYTES 8
#define RECORD_HEAD 9              /* op and length */
#define CHANNEL_IDS 65536

enum { OP_HEADER = 1, OP_SCHEMA = 3, OP_CHANNEL = 4, OP_MESSAGE = 5, OP_CHUNK = 6,
	OP_DATA_END = 15 };

bool mcap_take(struct str *rest, uint64_t len, struct str *ret)
{
	if (len > rest->len)
		return false;
	*ret = (struct str){ rest->at, (size_t)len };
	*rest = str_skip(*rest, (size_t)len);
	return true;
}

bool mcap_take_uint(struct str *rest, int bytes, uint64_t *ret)
{
	struct str s;
	uint64_t value = 0;

	if (!mcap_take(rest, (uint64_t)bytes, &s))
		return false;
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)(uint8_t)s.at[i] << 8 * i;
	*ret = value;
	return true;
}

bool mcap_take_string(struct str *rest, struct str *ret)
{
	struct str copy = *rest;
	uint64_t len;

	if (!mcap_take_uint(&copy, 4, &len) || !mcap_take(&copy, len, ret))
		return false;
	*rest = copy;
	return true;
}

enum err_code mcap_walk_new(struct arena *a, const struct evidence_file *file,
	struct mcap_walk *ret, struct err *e)
{
	struct mcap_walk w = { .a = a, .file = file };

	if (file->size < MAGIC_BYTES)
		return err_set(e, ERR_INVALID, "not an MCAP file");
	w.schemas = ARENA_ARRAY(a, struct mcap_schema, LIMIT_MCAP_CHANNELS);
	w.channels = ARENA_ARRAY(a, struct mcap_channel, LIMIT_MCAP_CHANNELS);
	w.places = ARENA_ARRAY(a, uint16_t, CHANNEL_IDS);
	if (!w.schemas || !w.channels || !w.places)
		return reader_full(e);
	buf_init(&w.chunk, LIMIT_MCAP_CHUNK_BYTES + 1); /* never empty */
	*ret = w;
	return ERR_OK;
}

void mcap_walk_clear(struct mcap_walk *w)
{
	buf_clear(&w->chunk);
}

/* ---- records --------------------------------------------------------------------------------- */

static const struct mcap_schema *find_schema(const struct mcap_walk *w, uint16_t id)
{
	for (uint32_t i = 0; i < w->schema_count; i++) {
		if (w->schemas[i].id == id)
			return &w->schemas[i];
	}
	return NULL;
}

/* Texts are kept for messages and listings, so they must be short and text. */
static bool is_fit(struct str s)
{
	return s.len <= LIMIT_ID_BYTES && str_is_utf8(s);
}

static enum err_code take_schema(struct mcap_walk *w, struct str r, struct err *e)
{
	struct mcap_schema s;
	const struct mcap_schema *other;
	uint64_t id;

	if (!mcap_take_uint(&r, 2, &id) || !mcap_take_string(&r, &s.name) ||
		!mcap_take_string(&r, &s.encoding) || !is_fit(s.name) || !is_fit(s.encoding)) {
		w->faults.records++;
		return ERR_OK;
	}
	s.id = (uint16_t)id;
	other = find_schema(w, s.id);
	if (other) {
		w->faults.conflicts += !str_eq(other->name, s.name) ||
			!str_eq(other->encoding, s.encoding);
		return ERR_OK;
	}
	if (w->schema_count == LIMIT_MCAP_CHANNELS)
		return err_set(e, ERR_TOO_LARGE, "more than %d schemas", LIMIT_MCAP_CHANNELS);
	s.name = str_copy(w->a, s.name);
	s.encoding = str_copy(w->a, s.encoding);
	if (!s.name.at || !s.encoding.at)
		return reader_full(e);
	w->schemas[w->schema_count++] = s;
	return ERR_OK;
}

static void tell_type(const struct mcap_walk *w, struct mcap_channel *c)
{
	const struct mcap_schema *s = find_schema(w, c->schema);

	if (!s || !str_is(s->encoding, "protobuf") || !str_is(c->encoding, "protobuf"))
		return;
	c->readable = str_is(s->name, "osi3.SensorView") || str_is(s->name, "osi3.GroundTruth");
	c->type = str_is(s->name, "osi3.SensorView") ? OSI_SENSOR_VIEW : OSI_GROUND_TRUTH;
}

static enum err_code take_channel(struct mcap_walk *w, struct str r, struct err *e)
{
	struct mcap_channel c = { 0 };
	uint64_t id, schema;

	if (!mcap_take_uint(&r, 2, &id) || !mcap_take_uint(&r, 2, &schema) ||
		!mcap_take_string(&r, &c.topic) || !mcap_take_string(&r, &c.encoding) ||
		!is_fit(c.topic) || !is_fit(c.encoding)) {
		w->faults.records++;
		return ERR_OK;
	}
	if (w->places[id]) {
		const struct mcap_channel *other = &w->channels[w->places[id] - 1];
		w->faults.conflicts += other->schema != schema || !str_eq(other->topic, c.topic) ||
			!str_eq(other->encoding, c.encoding);
		return ERR_OK;
	}
	if (w->channel_count == LIMIT_MCAP_CHANNELS)
		return err_set(e, ERR_TOO_LARGE, "more than %d channels", LIMIT_MCAP_CHANNELS);
	c.id = (uint16_t)id;
	c.schema = (uint16_t)schema;
	c.topic = str_copy(w->a, c.topic);
	c.encoding = str_copy(w->a, c.encoding);
	if (!c.topic.at || !c.encoding.at)
		return reader_full(e);
	tell_type(w, &c);
	if (c.readable)
		c.group = w->group_count++;
	w->channels[w->channel_count++] = c;
	w->places[id] = (uint16_t)w->channel_count;
	return c.readable ? w->channel(w->context, &w->channels[w->channel_count - 1], e) : ERR_OK;
}

static enum err_code take_message(struct mcap_walk *w, struct str r, struct err *e)
{
	const struct mcap_channel *c;
	uint64_t id;
	struct str head;

	/* Sequence and the two times of the container: OSI has its own. */
	if (!mcap_take_uint(&r, 2, &id) || !mcap_take(&r, 4 + 8 + 8, &head)) {
		w->faults.records++;
		return ERR_OK;
	}
	if (!w->places[id]) {
		w->faults.orphans++;
		return ERR_OK;
	}
	c = &w->channels[w->places[id] - 1];
	if (!c->readable)
		return ERR_OK;
	if (r.len > LIMIT_OSI_MESSAGE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "a message is over %d bytes",
			LIMIT_OSI_MESSAGE_BYTES);
	return w->message(w->context, c, (struct protobuf){ (const uint8_t *)r.at,
		(const uint8_t *)r.at + r.len }, e);
}

static enum err_code take_record(struct mcap_walk *w, uint64_t op, struct str content,
	struct err *e)
{
	if (op == OP_SCHEMA)
		return take_schema(w, content, e);
	if (op == OP_CHANNEL)
		return take_channel(w, content, e);
	if (op == OP_MESSAGE)
		return take_message(w, content, e);
	return ERR_OK;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static enum err_code walk_chunk(struct mcap_walk *w, struct str records, struct err *e)
{
	uint64_t op, len;
	struct str content;

	while (records.len > 0) {
		if (!mcap_take_uint(&records, 1, &op) || !mcap_take_uint(&records, 8, &len) ||
			!mcap_take(&records, len, &content) || op == OP_CHUNK) {
			w->faults.chunks++;
			return ERR_OK;
		}
		TRY(take_record(w, op, content, e));
	}
	return ERR_OK;
}

static enum err_code check_expansion(struct mcap_walk *w, uint64_t size, struct err *e)
{
	if (size > LIMIT_MCAP_CHUNK_BYTES)
		return err_set(e, ERR_TOO_LARGE, "a chunk is over %d bytes",
			LIMIT_MCAP_CHUNK_BYTES);
	w->expanded += size;
	if (w->expanded / LIMIT_MCAP_EXPANSION > w->file->size)
		return err_set(e, ERR_TOO_LARGE, "the trace expands to over %d times its size",
			LIMIT_MCAP_EXPANSION);
	return ERR_OK;
}

static enum err_code take_chunk(struct mcap_walk *w, struct str r, struct err *e)
{
	struct str times, compression, records;
	uint64_t size, crc, len;
	bool known;

	if (!mcap_take(&r, 16, &times) || !mcap_take_uint(&r, 8, &size) ||
		!mcap_take_uint(&r, 4, &crc) || !mcap_take_string(&r, &compression) ||
		!mcap_take_uint(&r, 8, &len) || !mcap_take(&r, len, &records)) {
		w->faults.chunks++;
		return ERR_OK;
	}
	TRY(check_expansion(w, size, e));
	if (compression.len > 0) {
		buf_reset(&w->chunk);
		if (!buf_reserve(&w->chunk, (size_t)size + 1))
			return reader_full(e);
		if (!mcap_decompress(compression, records, w->chunk.at, (size_t)size, &known)) {
			if (known)
				w->faults.chunks++;
			else
				w->faults.compressions++;
			return ERR_OK;
		}
		records = (struct str){ w->chunk.at, (size_t)size };
	} else if (records.len != size) {
		w->faults.chunks++;
		return ERR_OK;
	}
	/* 0: the writer computed none. What does not match is not judged on. */
	if (crc != 0 && crc32_z(0, (const uint8_t *)records.at, records.len) != crc) {
		w->faults.checksums++;
		return ERR_OK;
	}
	return walk_chunk(w, records, e);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Writers differ in whether magic and header belong to the data the last checksum covers. */
static bool data_checksum_holds(const struct evidence_file *file, uint64_t header_end, uint64_t end,
	uint32_t data, uint32_t wanted)
{
	z_off_t len = (z_off_t)(end - header_end);
	uint32_t header = (uint32_t)crc32_z(0, file->at + MAGIC_BYTES, header_end - MAGIC_BYTES);
	uint32_t both = (uint32_t)crc32_z(0, file->at, header_end);

	return wanted == 0 || wanted == data || wanted == crc32_combine(header, data, len) ||
		wanted == crc32_combine(both, data, len);
}

static void take_data_end(struct mcap_walk *w, struct str content, uint64_t header_end,
	uint64_t end, uint32_t data)
{
	const struct evidence_file *file = w->file;
	uint64_t crc;

	if (!mcap_take_uint(&content, 4, &crc))
		w->faults.records++;
	else
		w->faults.data_checksum = !data_checksum_holds(file, header_end, end, data,
			(uint32_t)crc);
	/* The summary is not looked at, but it must have been written. */
	w->faults.torn = memcmp(file->at, file->at + file->size - MAGIC_BYTES, MAGIC_BYTES) != 0;
}

enum err_code mcap_walk_run(struct mcap_walk *w, struct err *e)
{
	const struct evidence_file *file = w->file;
	uint64_t at = MAGIC_BYTES, told = 0, header_end = MAGIC_BYTES, op, len;
	uint32_t data = 0;
	struct str content;

	for (;;) {
		struct str rest = { (const char *)file->at + at, file->size - at };
		if (!mcap_take_uint(&rest, 1, &op) || !mcap_take_uint(&rest, 8, &len) ||
			!mcap_take(&rest, len, &content)) {
			w->faults.torn = true;
			return ERR_OK;
		}
		if (op == OP_DATA_END) {
			take_data_end(w, content, header_end, at, data);
			return ERR_OK;
		}
		if (at == MAGIC_BYTES && op == OP_HEADER)
			header_end += RECORD_HEAD + len;
		else
			data = (uint32_t)crc32_z(data, file->at + at, RECORD_HEAD + len);
		TRY(op == OP_CHUNK ? take_chunk(w, content, e) : take_record(w, op, content, e));
		at += RECORD_HEAD + len;
		if (at - told >= READER_PASS_BYTES && file->passed) {
			told = at;
			file->passed(file->context, at);
		}
	}
}
