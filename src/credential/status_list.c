/* status_list.c - one bit a statement, packed by gzip (W3C Bitstring Status List 1.0). */
#include "credential/status_list.h"

#include <string.h>
#include <zlib.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "credential/did.h"

#define BITS_MIN 131072             /* herd privacy, by the specification */
#define GZIP_HEADER_BYTES 10
#define GZIP_TRAILER_BYTES 8        /* CRC-32 and length, little end first */
#define DEFLATE_RATIO_MAX 1032      /* the most that deflate can expand: 258 bytes by 2 bits */
#define RAW_DEFLATE (-MAX_WBITS)    /* no header of zlib's: it tells the operating system */
#define GZIP_ONLY (MAX_WBITS + 16)
#define SUBJECT_TYPE "BitstringStatusList"
#define ENTRY_TYPE "BitstringStatusListEntry"

/* Deflate, no name, no time, no operating system: the same bits give the same bytes anywhere. */
static const uint8_t gzip_header[GZIP_HEADER_BYTES] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff };

bool status_list_get(const struct status_list *l, uint64_t index)
{
	CHECK(index < LIMIT_STATUS_LIST_ENTRIES);
	return (l->bits[index / 8] & 0x80 >> index % 8) != 0;
}

void status_list_set(struct status_list *l, uint64_t index, bool value)
{
	uint8_t mask = (uint8_t)(0x80 >> index % 8);

	CHECK(index < LIMIT_STATUS_LIST_ENTRIES);
	if (value)
		l->bits[index / 8] |= mask;
	else
		l->bits[index / 8] &= (uint8_t)~mask;
}

/* zlib takes its memory from the arena, which takes it back. */
static void *zlib_alloc(void *arena, uInt count, uInt size)
{
	return arena_alloc_array(arena, count, size);
}

static void zlib_free(void *arena, void *at)
{
	(void)arena;
	(void)at;
}

static enum err_code too_large(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "status list does not fit in memory");
}

static void put_le32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t read_le32(const char *at)
{
	const uint8_t *byte = (const uint8_t *)at;

	return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

enum err_code status_list_encode(struct arena *a, const struct status_list *l, struct str *ret,
	struct err *e)
{
	SCOPED_ARENA work = { 0 };
	z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = &work };
	struct status_list copy = *l; /* zlib's input is not const */
	size_t room, len;
	struct str text;
	uint8_t *gzip;
	int done;

	arena_init(&work, a->cap_bytes);
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, RAW_DEFLATE, MAX_MEM_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return too_large(e);
	room = deflateBound(&z, sizeof(copy.bits));
	gzip = arena_alloc(&work, GZIP_HEADER_BYTES + room + GZIP_TRAILER_BYTES);
	if (!gzip)
		return too_large(e);
	memcpy(gzip, gzip_header, GZIP_HEADER_BYTES);
	z.next_in = copy.bits;
	z.avail_in = sizeof(copy.bits);
	z.next_out = gzip + GZIP_HEADER_BYTES;
	z.avail_out = (uInt)room;
	done = deflate(&z, Z_FINISH);
	CHECK(done == Z_STREAM_END);
	len = GZIP_HEADER_BYTES + z.total_out;
	(void)deflateEnd(&z); /* nothing of it is outside the arena */
	put_le32(gzip + len, (uint32_t)crc32(0, copy.bits, sizeof(copy.bits)));
	put_le32(gzip + len + 4, sizeof(copy.bits));
	text = base64url_new(a, gzip, len + GZIP_TRAILER_BYTES);
	text = text.at ? str_printf(a, "u" STR_FMT, STR_ARG(text)) : text;
	if (!text.at)
		return too_large(e);
	*ret = text;
	return ERR_OK;
}

/* Expands exactly one gzip member that fills `gzip` into exactly `len` bytes at `to`. */
static enum err_code expand(struct arena *a, struct str gzip, uint8_t *to, size_t len,
	struct err *e)
{
	z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = a };
	union {
		const char *in;
		Bytef *out;
	} input = { .in = gzip.at }; /* zlib does not write to it */
	int done;

	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return too_large(e);
	z.next_in = input.out;
	z.avail_in = (uInt)gzip.len;
	z.next_out = to;
	z.avail_out = (uInt)len;
	done = inflate(&z, Z_FINISH);
	(void)inflateEnd(&z); /* as deflateEnd */
	if (done == Z_MEM_ERROR)
		return too_large(e);
	if (done != Z_STREAM_END || z.avail_in > 0 || z.avail_out > 0)
		return err_set(e, ERR_INVALID, "status list is not packed by gzip");
	return ERR_OK;
}

enum err_code status_list_decode(struct arena *a, struct str encoded, struct str *ret_bits,
	struct err *e)
{
	struct str gzip;
	uint8_t *bits;
	size_t len;

	if (!str_starts(encoded, "u"))
		return err_set(e, ERR_INVALID,
			"status list is not in base64url with \"u\" in front");
	if (base64url_decode(a, str_skip(encoded, 1), &gzip, e) != ERR_OK)
		return err_in(e, "status list");
	if (gzip.len < GZIP_HEADER_BYTES + GZIP_TRAILER_BYTES)
		return err_set(e, ERR_INVALID, "status list is not packed by gzip");
	/* The length is told at the end; a lie is found when expanding. */
	len = read_le32(gzip.at + gzip.len - 4);
	if (len > LIMIT_STATUS_LIST_EXPANDED)
		return err_set(e, ERR_TOO_LARGE, "status list expands to more than %d bytes",
			LIMIT_STATUS_LIST_EXPANDED);
	if (len < BITS_MIN / 8)
		return err_set(e, ERR_INVALID, "status list has fewer than %d entries", BITS_MIN);
	if (len / DEFLATE_RATIO_MAX > gzip.len)
		return err_set(e, ERR_INVALID, "status list is not packed by gzip");
	bits = arena_alloc(a, len);
	if (!bits)
		return too_large(e);
	TRY(expand(a, gzip, bits, len, e));
	*ret_bits = (struct str){ (const char *)bits, len };
	return ERR_OK;
}

struct json *status_list_subject(struct arena *a, struct str list_id, const char *purpose,
	struct str encoded)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "id", list_id);
	v = json_set_text(a, v, "type", SUBJECT_TYPE);
	v = json_set_text(a, v, "statusPurpose", purpose);
	return json_set_str(a, v, "encodedList", encoded);
}

/* ---- looking up ---------------------------------------------------------------------------- */

/* The entry of credentialStatus, one object or several, that has the purpose and names the list. */
static const struct json *find_entry(const struct json *status, struct str list_id,
	const char *purpose)
{
	size_t count = json_is(status, JSON_ARRAY) ? json_count(status) : 1;

	for (size_t i = 0; i < count; i++) {
		const struct json *entry =
			json_is(status, JSON_ARRAY) ? json_at(status, i) : status;
		if (json_has_type(json_get(entry, "type"), ENTRY_TYPE) &&
			str_is(json_get_str(entry, "statusPurpose"), purpose) &&
			str_eq(json_get_str(entry, "statusListCredential"), list_id))
			return entry;
	}
	return NULL;
}

enum err_code status_list_check(struct arena *a, const struct statement *s,
	const struct statement *list, const char *purpose, bool *ret, struct err *e)
{
	const struct json *entry, *size;
	struct str list_id, index_text, encoded, bits;
	uint64_t index;

	if (list->kind != KIND_STATUS_LIST ||
		!json_has_type(json_get(list->subject, "type"), SUBJECT_TYPE))
		return err_set(e, ERR_INVALID, "statement is not a status list");
	TRY(json_need_str(list->subject, "id", &list_id, e));
	entry = find_entry(json_get(s->doc, "credentialStatus"), list_id, purpose);
	if (!entry)
		return err_set(e, ERR_NOT_FOUND,
			"statement names no status of purpose \"%s\" in this list", purpose);
	if (!json_has_type(json_get(list->subject, "statusPurpose"), purpose))
		return err_set(e, ERR_INVALID,
			"status list does not have the purpose \"%s\"", purpose);
	/* Else anyone with a log of his own could withdraw what others say. */
	if (!str_eq(list->issuer, s->issuer) && !str_eq(list->issuer, did_of_node(s->issuer)))
		return err_set(e, ERR_DENIED,
			"status list is issued by neither the issuer nor its node");
	size = json_get(entry, "statusSize");
	if (size && json_number_or(size, 0) != 1)
		return err_set(e, ERR_UNSUPPORTED,
			"statuses of more than one bit are not supported");
	TRY(json_need_str(entry, "statusListIndex", &index_text, e));
	if (str_parse_u64(index_text, &index, e) != ERR_OK)
		return err_in(e, "\"statusListIndex\"");
	TRY(json_need_str(list->subject, "encodedList", &encoded, e));
	TRY(status_list_decode(a, encoded, &bits, e));
	if (index >= bits.len * 8)
		return err_set(e, ERR_INVALID, "\"statusListIndex\" is past the end of the list");
	*ret = ((uint8_t)bits.at[index / 8] & 0x80 >> index % 8) != 0;
	return ERR_OK;
}
