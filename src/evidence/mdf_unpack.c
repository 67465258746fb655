/* mdf_unpack.c - compressed blocks. The size a block claims is believed only as far as its method
 * can reach from the bytes that are there, and the stream must end exactly at it. */
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "evidence/mdf_inner.h"

#define DZ_HEAD_BYTES 24
#define ZIP_TYPE_MAX 5
/* What a method makes of a byte at most, and what even the shortest stream may: deflate codes 258
 * bytes in two bits; an lz4 byte adds 255; a zstd block of four bytes repeats up to 128 kB. */
#define DEFLATE_RATIO 1032
#define LZ4_RATIO 255
#define ZSTD_RATIO 32768
#define RATIO_BASE 131072
#define DEFLATE_BASE 64
#define TURN_ROWS 64           /* rows turned at once: a cache line of each column */

enum zip_method { ZIP_DEFLATE, ZIP_ZSTD, ZIP_LZ4 };

struct mdf_unpacker {
	struct arena *arena;
	z_stream deflate;
	bool deflate_open;
	ZSTD_DCtx *zstd;
	LZ4F_dctx *lz4;
	uint8_t *room, *turned;
	uint64_t room_bytes, turned_bytes;
};

struct mdf_unpacker *mdf_unpacker_open(struct arena *a)
{
	struct mdf_unpacker *u = handle_new(sizeof(*u));

	u->arena = a;
	return u;
}

void mdf_unpacker_close(struct mdf_unpacker *u)
{
	if (!u)
		return;
	if (u->deflate_open)
		(void)inflateEnd(&u->deflate); /* only gives memory back */
	(void)ZSTD_freeDCtx(u->zstd);          /* as above */
	if (u->lz4)
		(void)LZ4F_freeDecompressionContext(u->lz4); /* as above */
	handle_drop(u);
}

static enum err_code make_room(struct arena *a, uint8_t **room, uint64_t *have, uint64_t need,
	struct err *e)
{
	uint64_t size = *have * 2 > need ? *have * 2 : need;

	if (need <= *have && *room)
		return ERR_OK;
	if (size > LIMIT_MDF_BLOCK_BYTES)
		size = LIMIT_MDF_BLOCK_BYTES;
	*room = arena_alloc(a, size);
	if (!*room)
		return mdf_too_large(e);
	*have = size;
	return ERR_OK;
}

static enum err_code damaged(struct err *e)
{
	return err_set(e, ERR_INVALID, "compressed block is damaged");
}

static enum err_code unpack_deflate(struct mdf_unpacker *u, const uint8_t *from, uint64_t len,
	uint64_t want, struct err *e)
{
	z_stream *z = &u->deflate;
	uint8_t none;
	int code;

	if (u->deflate_open)
		code = inflateReset(z);
	else
		code = inflateInit(z);
	if (code != Z_OK)
		return mdf_too_large(e);
	u->deflate_open = true;
	/* zlib only reads through next_in; its type is older than const. */
	z->next_in = (z_const Bytef *)(uintptr_t)from;
	z->avail_in = (uInt)len;
	z->next_out = want > 0 ? u->room : &none;
	z->avail_out = (uInt)want;
	code = inflate(z, Z_FINISH);
	if (code != Z_STREAM_END || z->total_out != want)
		return damaged(e);
	return ERR_OK;
}

static enum err_code unpack_zstd(struct mdf_unpacker *u, const uint8_t *from, uint64_t len,
	uint64_t want, struct err *e)
{
	if (!u->zstd)
		u->zstd = ZSTD_createDCtx();
	if (!u->zstd)
		return mdf_too_large(e);
	if (ZSTD_decompressDCtx(u->zstd, u->room, want, from, len) != want)
		return damaged(e);
	return ERR_OK;
}

static enum err_code unpack_lz4(struct mdf_unpacker *u, const uint8_t *from, uint64_t len,
	uint64_t want, struct err *e)
{
	uint64_t in = 0, out = 0;
	size_t hint = 1;

	if (!u->lz4 && LZ4F_isError(LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION))) {
		u->lz4 = NULL;
		return mdf_too_large(e);
	}
	LZ4F_resetDecompressionContext(u->lz4);
	while (hint != 0) {
		size_t took = len - in, gave = want - out;
		hint = LZ4F_decompress(u->lz4, u->room + out, &gave, from + in, &took, NULL);
		if (LZ4F_isError(hint) || (hint != 0 && took == 0 && gave == 0))
			return damaged(e);
		in += took;
		out += gave;
	}
	return out == want ? ERR_OK : damaged(e);
}

static bool claims_too_much(enum zip_method method, uint64_t packed, uint64_t want)
{
	switch (method) {
	case ZIP_DEFLATE:
		return want > packed * DEFLATE_RATIO + DEFLATE_BASE;
	case ZIP_LZ4:
		return want > packed * LZ4_RATIO + RATIO_BASE;
	case ZIP_ZSTD:
	default:
		return want > packed * ZSTD_RATIO + RATIO_BASE;
	}
}

static enum zip_method method_of(const struct mdf_block *b)
{
	return b->data[2] < 2 ? ZIP_DEFLATE : b->data[2] < 4 ? ZIP_ZSTD : ZIP_LZ4;
}

enum err_code mdf_unpack_claim(const struct mdf_block *b, const char *kind, uint64_t *ret_len,
	struct err *e)
{
	const uint8_t *d = b->data;
	uint64_t want, packed;

	if (b->data_len < DZ_HEAD_BYTES)
		return err_set(e, ERR_INVALID, "compressed block is too short");
	want = mdf_u64(d + 8);
	packed = mdf_u64(d + 16);
	if (d[0] != (uint8_t)kind[0] || d[1] != (uint8_t)kind[1])
		return err_set(e, ERR_INVALID, "compressed block is of another kind than its list");
	if (d[2] > ZIP_TYPE_MAX)
		return err_set(e, ERR_UNSUPPORTED, "block is compressed in a way newer than 4.2");
	if (packed > b->data_len - DZ_HEAD_BYTES)
		return err_set(e, ERR_INVALID, "compressed block is shorter than it says");
	if (want > LIMIT_MDF_BLOCK_BYTES)
		return err_set(e, ERR_TOO_LARGE, "compressed block unpacks to over %d bytes",
			LIMIT_MDF_BLOCK_BYTES);
	if (packed > UINT32_MAX || claims_too_much(method_of(b), packed, want))
		return err_set(e, ERR_INVALID, "compressed block claims to unpack to more than "
			"its method can");
	*ret_len = want;
	return ERR_OK;
}

enum err_code mdf_unpack(struct mdf_unpacker *u, const struct mdf_block *b, const char *kind,
	const uint8_t **ret, uint64_t *ret_len, uint32_t *ret_columns, struct err *e)
{
	uint64_t want, packed;
	uint32_t columns;
	const uint8_t *from;

	TRY(mdf_unpack_claim(b, kind, &want, e));
	packed = mdf_u64(b->data + 16);
	columns = b->data[2] & 1 ? mdf_u32(b->data + 4) : 0;
	from = b->data + DZ_HEAD_BYTES;
	TRY(make_room(u->arena, &u->room, &u->room_bytes, want, e));
	switch (method_of(b)) {
	case ZIP_DEFLATE:
		TRY(unpack_deflate(u, from, packed, want, e));
		break;
	case ZIP_ZSTD:
		TRY(unpack_zstd(u, from, packed, want, e));
		break;
	case ZIP_LZ4:
	default:
		TRY(unpack_lz4(u, from, packed, want, e));
		break;
	}
	*ret = u->room;
	*ret_len = want;
	*ret_columns = columns > 1 && columns <= want ? columns : 0;
	return ERR_OK;
}

enum err_code mdf_unpack_turn(struct mdf_unpacker *u, const uint8_t *bytes, uint64_t len,
	uint32_t columns, const uint8_t **ret, struct err *e)
{
	uint64_t rows = len / columns;
	uint8_t *to;

	TRY(make_room(u->arena, &u->turned, &u->turned_bytes, len, e));
	to = u->turned;
	for (uint64_t first = 0; first < rows; first += TURN_ROWS) {
		uint64_t end = first + TURN_ROWS < rows ? first + TURN_ROWS : rows;
		for (uint32_t c = 0; c < columns; c++) {
			const uint8_t *column = bytes + c * rows;
			for (uint64_t r = first; r < end; r++)
				to[r * columns + c] = column[r];
		}
	}
	memcpy(to + rows * columns, bytes + rows * columns, len - rows * columns);
	*ret = to;
	return ERR_OK;
}
