/* mcap_chunk.c - decompression of chunks into memory of the size they declare, never more. */
#include <lz4frame.h>
#include <string.h>
#include <zstd.h>

#include "evidence/mcap_inner.h"

static bool unpack_lz4(struct str packed, char *to, size_t len)
{
	LZ4F_dctx *context = NULL;
	size_t done = 0, left = packed.len, result = 1;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return false;
	while (left > 0 && result != 0) {
		size_t room = len - done, taken = left;
		result = LZ4F_decompress(context, to + done, &room,
			packed.at + (packed.len - left), &taken, NULL);
		if (LZ4F_isError(result) || (room == 0 && taken == 0))
			break; /* broken, or it wants more room than declared */
		done += room;
		left -= taken;
	}
	(void)LZ4F_freeDecompressionContext(context); /* only tells its state */
	return result == 0 && left == 0 && done == len;
}

static bool unpack_zstd(struct str packed, char *to, size_t len)
{
	size_t done = ZSTD_decompress(to, len, packed.at, packed.len);

	return !ZSTD_isError(done) && done == len;
}

bool mcap_decompress(struct str compression, struct str packed, char *to, size_t len,
	bool *ret_known)
{
	*ret_known = true;
	if (str_is(compression, "zstd"))
		return unpack_zstd(packed, to, len);
	if (str_is(compression, "lz4"))
		return unpack_lz4(packed, to, len);
	*ret_known = false;
	return false;
}
