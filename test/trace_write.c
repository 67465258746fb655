/* trace_write.c - see trace_write.h. */
#include "trace_write.h"

#include <lz4frame.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/scoped.h"

#define MESSAGE_BYTES_MAX 1048576
#define CHUNK_BYTES_MAX 67108864
#define MCAP_MAGIC "\x89MCAP0\r\n"

/* ---- CSV ------------------------------------------------------------------------------------- */

static void put_row(struct buf *b, const struct trace_csv *f, const char *const *fields)
{
	for (uint32_t i = 0; i < f->column_count; i++) {
		if (i > 0)
			buf_put_char(b, f->delimiter);
		buf_put_text(b, fields[i]);
	}
	buf_put_text(b, f->newline);
}

void trace_put_csv_header(struct buf *b, const struct trace_csv *f)
{
	CHECK(f->delimiter != f->decimal);
	put_row(b, f, f->names);
	if (f->units)
		put_row(b, f, f->units);
}

static void put_number(struct buf *b, char decimal, double value)
{
	char text[40];
	int len;

	if (isnan(value))
		return;
	len = snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		len = snprintf(text, sizeof(text), "%.17g", value);
	for (int i = 0; i < len; i++)
		buf_put_char(b, text[i] == '.' ? decimal : text[i]);
}

void trace_put_csv_row(struct buf *b, const struct trace_csv *f, const double *values)
{
	for (uint32_t i = 0; i < f->column_count; i++) {
		if (i > 0)
			buf_put_char(b, f->delimiter);
		put_number(b, f->decimal, values[i]);
	}
	buf_put_text(b, f->newline);
}

/* ---- OSI ------------------------------------------------------------------------------------- */

static void put_varint(struct buf *b, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_put_char(b, (char)(0x80 | (value & 0x7f)));
	buf_put_char(b, (char)value);
}

static void put_varint_field(struct buf *b, uint32_t field, uint64_t value)
{
	put_varint(b, (uint64_t)field << 3);
	put_varint(b, value);
}

static void put_double(struct buf *b, uint32_t field, double value)
{
	uint64_t bits;

	if (isnan(value))
		return;
	memcpy(&bits, &value, sizeof(bits));
	put_varint(b, (uint64_t)field << 3 | 1);
	for (int i = 0; i < 8; i++)
		buf_put_char(b, (char)(bits >> 8 * i & 0xff));
}

static void put_bytes(struct buf *b, uint32_t field, struct str bytes)
{
	put_varint(b, (uint64_t)field << 3 | 2);
	put_varint(b, bytes.len);
	buf_put_str(b, bytes);
}

/* Also Dimension3d and Orientation3d: three doubles. */
static void put_vector(struct buf *b, uint32_t field, double x, double y, double z)
{
	SCOPED_BUF v = { 0 };

	if (isnan(x) && isnan(y) && isnan(z))
		return;
	buf_init(&v, 64);
	put_double(&v, 1, x);
	put_double(&v, 2, y);
	put_double(&v, 3, z);
	put_bytes(b, field, buf_str(&v));
}

static void put_id(struct buf *b, uint32_t field, uint64_t id)
{
	SCOPED_BUF v = { 0 };

	buf_init(&v, 64);
	put_varint_field(&v, 1, id);
	put_bytes(b, field, buf_str(&v));
}

static void put_time(struct buf *b, uint32_t field, int64_t time_ns)
{
	SCOPED_BUF v = { 0 };

	CHECK(time_ns >= 0);
	buf_init(&v, 64);
	put_varint_field(&v, 1, (uint64_t)(time_ns / 1000000000));
	put_varint_field(&v, 2, (uint64_t)(time_ns % 1000000000));
	put_bytes(b, field, buf_str(&v));
}

static void put_object(struct buf *b, const struct trace_object *o)
{
	SCOPED_BUF object = { 0 }, base = { 0 };

	buf_init(&object, 1024);
	buf_init(&base, 1024);
	put_vector(&base, 1, o->length, o->width, o->height);
	put_vector(&base, 2, o->x, o->y, o->z);
	put_vector(&base, 3, NAN, NAN, o->yaw);
	put_vector(&base, 4, o->vx, o->vy, o->vz);
	put_vector(&base, 5, o->ax, o->ay, o->az);
	put_vector(&base, 6, NAN, NAN, o->yaw_rate);
	put_id(&object, 1, o->id);
	put_bytes(&object, 2, buf_str(&base));
	put_varint_field(&object, 3, o->type);
	put_bytes(b, 5, buf_str(&object));
}

static void put_light(struct buf *b, const struct trace_light *l)
{
	SCOPED_BUF light = { 0 }, part = { 0 };

	buf_init(&light, 1024);
	buf_init(&part, 1024);
	put_id(&light, 1, l->id);
	put_vector(&part, 2, l->x, l->y, l->z);
	put_bytes(&light, 2, buf_str(&part));
	buf_reset(&part);
	put_varint_field(&part, 1, l->color);
	put_varint_field(&part, 3, l->mode);
	put_bytes(&light, 3, buf_str(&part));
	put_bytes(b, 7, buf_str(&light));
}

static void put_version(struct buf *b)
{
	SCOPED_BUF v = { 0 };

	buf_init(&v, 64);
	put_varint_field(&v, 1, 3);
	put_varint_field(&v, 2, 7);
	put_varint_field(&v, 3, 0);
	put_bytes(b, 1, buf_str(&v));
}

void trace_put_ground_truth(struct buf *b, const struct trace_frame *f)
{
	put_version(b);
	put_time(b, 2, f->time_ns);
	put_id(b, 3, f->host_id);
	for (uint32_t i = 0; i < f->object_count; i++)
		put_object(b, &f->objects[i]);
	for (uint32_t i = 0; i < f->light_count; i++)
		put_light(b, &f->lights[i]);
}

void trace_put_sensor_view(struct buf *b, const struct trace_frame *f)
{
	SCOPED_BUF truth = { 0 };

	buf_init(&truth, MESSAGE_BYTES_MAX);
	trace_put_ground_truth(&truth, f);
	CHECK(!truth.overflow);
	put_version(b);
	put_time(b, 2, f->time_ns);
	put_bytes(b, 7, buf_str(&truth));
	put_id(b, 8, f->host_id);
}

static void put_le(struct buf *b, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_put_char(b, (char)(value >> 8 * i & 0xff));
}

void trace_put_osi(struct buf *b, struct str message)
{
	put_le(b, message.len, 4);
	buf_put_str(b, message);
}

/* ---- MCAP ------------------------------------------------------------------------------------ */

static void put_string(struct buf *b, struct str s)
{
	put_le(b, s.len, 4);
	buf_put_str(b, s);
}

static void put_record(struct buf *b, int op, struct str content)
{
	buf_put_char(b, (char)op);
	put_le(b, content.len, 8);
	buf_put_str(b, content);
}

void trace_mcap_begin(struct trace_mcap *m, struct buf *out, enum trace_compression compression,
	const char *topic, const char *schema)
{
	SCOPED_BUF r = { 0 };

	*m = (struct trace_mcap){ .out = out, .compression = compression };
	buf_init(&m->records, CHUNK_BYTES_MAX);
	buf_init(&r, 4096);
	buf_put(out, MCAP_MAGIC, 8);
	put_string(&r, STR(""));
	put_string(&r, STR("test"));
	put_record(out, 1, buf_str(&r));
	buf_reset(&r);
	put_le(&r, 1, 2);
	put_string(&r, str_of(schema));
	put_string(&r, STR("protobuf"));
	put_string(&r, STR(""));
	put_record(&m->records, 3, buf_str(&r));
	buf_reset(&r);
	put_le(&r, 1, 2);
	put_le(&r, 1, 2);
	put_string(&r, str_of(topic));
	put_string(&r, STR("protobuf"));
	put_le(&r, 0, 4);
	put_record(&m->records, 4, buf_str(&r));
}

void trace_mcap_message(struct trace_mcap *m, uint64_t time_ns, struct str message)
{
	SCOPED_BUF r = { 0 };

	buf_init(&r, MESSAGE_BYTES_MAX);
	put_le(&r, 1, 2);
	put_le(&r, m->sequence++, 4);
	put_le(&r, time_ns, 8);
	put_le(&r, time_ns, 8);
	buf_put_str(&r, message);
	CHECK(!r.overflow);
	put_record(&m->records, 5, buf_str(&r));
	if (m->first_ns == 0)
		m->first_ns = time_ns;
	m->last_ns = time_ns;
}

static void put_packed(struct buf *b, const struct trace_mcap *m)
{
	size_t bound, len = m->records.len;

	if (m->compression == TRACE_NONE) {
		buf_put(b, m->records.at, len);
		return;
	}
	bound = m->compression == TRACE_ZSTD ? ZSTD_compressBound(len) :
		LZ4F_compressFrameBound(len, NULL);
	CHECK(buf_reserve(b, bound));
	if (m->compression == TRACE_ZSTD)
		len = ZSTD_compress(b->at + b->len, bound, m->records.at, len, 1);
	else
		len = LZ4F_compressFrame(b->at + b->len, bound, m->records.at, len, NULL);
	CHECK(len <= bound); /* errors are huge */
	b->len += len;
}

void trace_mcap_chunk(struct trace_mcap *m)
{
	static const char *const names[] = { "", "zstd", "lz4" };
	SCOPED_BUF r = { 0 }, packed = { 0 };

	if (m->records.len == 0)
		return;
	CHECK(!m->records.overflow);
	buf_init(&packed, 2 * CHUNK_BYTES_MAX);
	put_packed(&packed, m);
	buf_init(&r, 2 * CHUNK_BYTES_MAX + 4096);
	put_le(&r, m->first_ns, 8);
	put_le(&r, m->last_ns, 8);
	put_le(&r, m->records.len, 8);
	put_le(&r, crc32(0, (const uint8_t *)m->records.at, (uInt)m->records.len), 4);
	put_string(&r, str_of(names[m->compression]));
	put_le(&r, packed.len, 8);
	buf_put_str(&r, buf_str(&packed));
	put_record(m->out, 6, buf_str(&r));
	buf_reset(&m->records);
	m->first_ns = 0;
}

void trace_mcap_end(struct trace_mcap *m)
{
	SCOPED_BUF r = { 0 };

	trace_mcap_chunk(m);
	buf_clear(&m->records);
	buf_init(&r, 64);
	put_le(&r, 0, 4); /* no checksum */
	put_record(m->out, 15, buf_str(&r));
	buf_reset(&r);
	put_le(&r, 0, 8); /* no summary */
	put_le(&r, 0, 8);
	put_le(&r, 0, 4);
	put_record(m->out, 2, buf_str(&r));
	buf_put(m->out, MCAP_MAGIC, 8);
}
