/* mdf_turn.c - what is worth the processor's wide registers: bytes of columns put together to
 * words, and stores past the caches. Without SSE2 plain loops do the same. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "evidence/mdf_inner.h"

#define WIDE_ROWS 16

/* With constant `bytes` the compiler unrolls the inner loop. */
static inline void turn_plain(const uint8_t *at, size_t step, size_t from, size_t count,
	size_t bytes, uint8_t *to)
{
	for (size_t i = from; i < count; i++) {
		uint64_t w = 0;
		for (size_t k = 0; k < bytes; k++)
			w |= (uint64_t)at[k * step + i] << (8 * k);
		memcpy(to + i * bytes, &w, bytes);
	}
}

#ifdef __SSE2__
static inline __m128i load(const uint8_t *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline void store(uint8_t *to, __m128i v)
{
	_mm_storeu_si128((__m128i *)(void *)to, v);
}

/* Sixteen rows of two, four or eight byte columns; the loop is the caller's. */
static inline void turn_2(const uint8_t *at, size_t step, uint8_t *to)
{
	__m128i a = load(at), b = load(at + step);

	store(to, _mm_unpacklo_epi8(a, b));
	store(to + 16, _mm_unpackhi_epi8(a, b));
}

/* Words of four bytes: rows 0-3, 4-7, 8-11, 12-15. */
static inline void words_of(const uint8_t *at, size_t step, __m128i ret[4])
{
	__m128i a = load(at), b = load(at + step);
	__m128i c = load(at + 2 * step), d = load(at + 3 * step);
	__m128i low = _mm_unpacklo_epi8(a, b), high = _mm_unpackhi_epi8(a, b);
	__m128i low2 = _mm_unpacklo_epi8(c, d), high2 = _mm_unpackhi_epi8(c, d);

	ret[0] = _mm_unpacklo_epi16(low, low2);
	ret[1] = _mm_unpackhi_epi16(low, low2);
	ret[2] = _mm_unpacklo_epi16(high, high2);
	ret[3] = _mm_unpackhi_epi16(high, high2);
}

static inline void turn_4(const uint8_t *at, size_t step, uint8_t *to)
{
	__m128i w[4];

	words_of(at, step, w);
	for (int i = 0; i < 4; i++)
		store(to + 16 * i, w[i]);
}

static inline void turn_8(const uint8_t *at, size_t step, uint8_t *to)
{
	__m128i low[4], high[4];

	words_of(at, step, low);
	words_of(at + 4 * step, step, high);
	for (int i = 0; i < 4; i++) {
		store(to + 32 * i, _mm_unpacklo_epi32(low[i], high[i]));
		store(to + 32 * i + 16, _mm_unpackhi_epi32(low[i], high[i]));
	}
}

/* Rows turned so; the rest is left to the plain loop. */
static size_t turn_wide(const uint8_t *at, size_t step, size_t count, size_t bytes, uint8_t *to)
{
	size_t i = 0;

	for (; i + WIDE_ROWS <= count; i += WIDE_ROWS) {
		if (bytes == 2)
			turn_2(at + i, step, to + i * 2);
		else if (bytes == 4)
			turn_4(at + i, step, to + i * 4);
		else
			turn_8(at + i, step, to + i * 8);
	}
	return i;
}

void mdf_store(double *to, const double *from, size_t count)
{
	size_t i = 0;

	if (count > 0 && (uintptr_t)to % 16 != 0) {
		to[0] = from[0];
		i = 1;
	}
	for (; i + 2 <= count; i += 2)
		_mm_stream_pd(to + i, _mm_loadu_pd(from + i));
	if (i < count)
		to[i] = from[i];
}

void mdf_store_end(void)
{
	_mm_sfence();
}
#else
static size_t turn_wide(const uint8_t *at, size_t step, size_t count, size_t bytes, uint8_t *to)
{
	(void)at, (void)step, (void)count, (void)bytes, (void)to;
	return 0;
}

void mdf_store(double *to, const double *from, size_t count)
{
	memcpy(to, from, count * sizeof(*to));
}

void mdf_store_end(void)
{
}
#endif

void mdf_turn(const uint8_t *at, size_t step, size_t count, size_t bytes, uint8_t *to)
{
	switch (bytes) {
	case 1:
		memcpy(to, at, count);
		return;
	case 2:
		turn_plain(at, step, turn_wide(at, step, count, 2, to), count, 2, to);
		return;
	case 4:
		turn_plain(at, step, turn_wide(at, step, count, 4, to), count, 4, to);
		return;
	case 8:
		turn_plain(at, step, turn_wide(at, step, count, 8, to), count, 8, to);
		return;
	default:
		for (size_t k = 0; k < bytes; k++) {
			for (size_t i = 0; i < count; i++)
				to[i * bytes + k] = at[k * step + i];
		}
	}
}
