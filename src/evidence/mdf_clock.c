/* mdf_clock.c - time axes. Ticks that are whole nanoseconds stay integers all the way; seconds as
 * doubles are multiplied and rounded once, to nearest, ties to even. */
#include <math.h>

#include "evidence/mdf_inner.h"

#define NS_PER_S 1e9
#define SCALE_MAX 1e15
#define SCALE_ERROR 1e-12      /* 1e-6 s is not quite 1000 ns as a double */
#define TIME_MAX 9.2e18        /* under 2^63 */

/* Sets scale and offset when the axis is integers of whole nanoseconds. */
static void find_scale(struct mdf_clock *k)
{
	const struct mdf_column *c = &k->column;
	double factor = c->plain_linear ? c->linear_factor : 1;
	double offset = c->plain_linear ? c->linear_offset : 0;
	double scale = factor * NS_PER_S, whole = floor(scale + 0.5);

	if (!c->integer || (c->channel->conversion && !c->plain_linear &&
		c->channel->conversion->type != MDF_CC_NONE))
		return;
	if (!(fabs(whole) >= 1) || !(fabs(whole) <= SCALE_MAX) ||
		!(fabs(scale - whole) <= fabs(whole) * SCALE_ERROR) ||
		!(fabs(offset * NS_PER_S) < TIME_MAX))
		return;
	k->exact = true;
	k->scale = (int64_t)whole;
	k->offset = llrint(offset * NS_PER_S);
}

enum err_code mdf_clock_open(struct mdf_clock *k, struct mdf_model *m,
	const struct mdf_channel *channel, struct err *e)
{
	*k = (struct mdf_clock){ 0 };
	TRY(mdf_column_open(&k->column, m, channel, MDF_NONE, NULL, e));
	find_scale(k);
	return ERR_OK;
}

static bool is_past_int64(const struct mdf_channel *c, uint64_t raw)
{
	return c->data_type <= MDF_TYPE_UNSIGNED_BE && raw > INT64_MAX;
}

static void decode_exact(struct mdf_clock *k, const struct mdf_rows *rows, size_t count,
	int64_t *ret)
{
	const struct mdf_channel *c = k->column.channel;
	uint64_t raw[MDF_TILE_ROWS];
	bool is_virtual = c->type == MDF_CN_VIRTUAL_MASTER;

	if (!is_virtual)
		mdf_field_raw(&k->column.field, rows, count, raw);
	for (size_t i = 0; i < count; i++) {
		uint64_t tick = is_virtual ? rows->first + i : raw[i];
		int64_t t;
		if (is_past_int64(c, tick) ||
			__builtin_mul_overflow((int64_t)tick, k->scale, &t) ||
			__builtin_add_overflow(t, k->offset, &t))
			t = INT64_MIN;
		ret[i] = t;
	}
}

static enum err_code decode_doubles(struct mdf_clock *k, const struct mdf_rows *rows,
	size_t count, int64_t *ret, struct err *e)
{
	double seconds[MDF_TILE_ROWS];

	TRY(mdf_column_decode(&k->column, rows, count, seconds, e));
	for (size_t i = 0; i < count; i++) {
		double ns = seconds[i] * NS_PER_S;
		bool good = fabs(ns) < TIME_MAX;
		int64_t t = llrint(good ? ns : 0);
		ret[i] = good ? t : INT64_MIN;
	}
	return ERR_OK;
}

enum err_code mdf_clock_decode(struct mdf_clock *k, const struct mdf_rows *rows, size_t count,
	int64_t *ret, uint64_t *ret_bad, struct err *e)
{
	double validity[MDF_TILE_ROWS];
	uint64_t bad = 0;

	CHECK(count <= MDF_TILE_ROWS);
	if (k->exact)
		decode_exact(k, rows, count, ret);
	else
		TRY(decode_doubles(k, rows, count, ret, e));
	if (k->exact && k->column.has_inval) {
		memset(validity, 0, count * sizeof(validity[0]));
		(void)mdf_rows_invalidate(rows, k->column.channel->inval_bit, count, validity);
		for (size_t i = 0; i < count; i++)
			ret[i] = isnan(validity[i]) ? INT64_MIN : ret[i];
	}
	for (size_t i = 0; i < count; i++)
		bad += ret[i] == INT64_MIN;
	k->bad += bad;
	*ret_bad = bad;
	return ERR_OK;
}
