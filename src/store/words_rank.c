/* words_rank.c - see words_rank.h. */
#include "store/words_rank.h"

#include <stdint.h>
#include <string.h>

#define PHRASES 128 /* twice LIMIT_MATCH_PROBED and some filters */
#define BESIDE 16
#define TITLE_COLUMN 1
#define TITLE_TIMES 3.0
/* As usual for BM25; listings are short, so that their length counts for less. */
#define SATURATION 1.2
#define LENGTH_SHARE 0.5

static int length_ratio(const Fts5ExtensionApi *api, Fts5Context *row, double *ret)
{
	sqlite3_int64 total = 0, rows = 0;
	int len = 0, result;

	result = api->xColumnSize(row, -1, &len);
	if (result == SQLITE_OK)
		result = api->xColumnTotalSize(row, -1, &total);
	if (result == SQLITE_OK)
		result = api->xRowCount(row, &rows);
	*ret = total > 0 ? (double)len * (double)rows / (double)total : 1.0;
	return result;
}

/* How often each phrase with a weight stands in the row, with the title's share. */
static int count_words(const Fts5ExtensionApi *api, Fts5Context *row, const uint32_t *weights,
	double *times)
{
	int count = api->xPhraseCount(row), result = SQLITE_OK;

	for (int i = 0; result == SQLITE_OK && i < count && i < PHRASES; i++) {
		Fts5PhraseIter at;
		int column = 0, offset = 0;
		if (weights[i] == 0)
			continue;
		result = api->xPhraseFirst(row, i, &at, &column, &offset);
		for (; result == SQLITE_OK && column >= 0; api->xPhraseNext(row, &at, &column,
			&offset))
			times[i] += column == TITLE_COLUMN ? TITLE_TIMES : 1.0;
	}
	return result;
}

/* What a phrase adds, and the best of those that stand for the same. */
static void sum_up(const uint32_t *weights, const double *times, double ratio, double *ret_sum,
	double *ret_have, double *ret_all)
{
	double beside[BESIDE] = { 0 }, beside_have[BESIDE] = { 0 };

	for (int i = 0; i < PHRASES; i++) {
		double weight = weights[i] & WORDS_RANK_WEIGHT, adds;
		uint32_t number = weights[i] >> 28;
		*ret_all += number == 0 ? weight : 0;
		if (times[i] <= 0)
			continue;
		adds = weight * times[i] * (SATURATION + 1) / (times[i] + SATURATION *
			(1 - LENGTH_SHARE + LENGTH_SHARE * ratio));
		if (number == 0) {
			*ret_have += weight;
			*ret_sum += adds;
		} else if (adds > beside[number]) {
			beside[number] = adds;
			beside_have[number] = weight;
		}
	}
	for (int i = 1; i < BESIDE; i++) {
		*ret_sum += beside[i];
		*ret_have += beside_have[i];
	}
}

static void words_rank(const Fts5ExtensionApi *api, Fts5Context *row, sqlite3_context *context,
	int argument_count, sqlite3_value **arguments)
{
	double times[PHRASES] = { 0 }, sum = 0, have = 0, all = 0, ratio = 1;
	uint32_t given[PHRASES + 1] = { 0 };   /* the least share, then the weights */
	const uint32_t *weights = given + 1;
	size_t bytes;
	int result;

	if (argument_count != 1) {
		sqlite3_result_error(context, "words_rank takes its weights", -1);
		return;
	}
	bytes = (size_t)sqlite3_value_bytes(arguments[0]);
	if (bytes > 0)
		memcpy(given, sqlite3_value_blob(arguments[0]), bytes < sizeof(given) ? bytes :
			sizeof(given));
	result = length_ratio(api, row, &ratio);
	if (result == SQLITE_OK)
		result = count_words(api, row, weights, times);
	if (result != SQLITE_OK) {
		sqlite3_result_error_code(context, result);
		return;
	}
	sum_up(weights, times, ratio, &sum, &have, &all);
	have = have > all ? all : have; /* by what stands beside */
	if (all <= 0 || have * 1000 < all * given[0])
		sum = 0;
	/* who has all the words comes before who has one of them often */
	sqlite3_result_int64(context, all <= 0 ? 0 : (sqlite3_int64)(sum * have / all));
}

int words_rank_register(sqlite3 *db)
{
	sqlite3_stmt *q = NULL;
	fts5_api *api = NULL;
	int result = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &q, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_bind_pointer(q, 1, &api, "fts5_api_ptr", NULL);
	if (result == SQLITE_OK)
		(void)sqlite3_step(q); /* fills api */
	(void)sqlite3_finalize(q); /* repeats the error of the step */
	if (result != SQLITE_OK)
		return result;
	return api ? api->xCreateFunction(api, "words_rank", NULL, words_rank, NULL) : SQLITE_ERROR;
}
