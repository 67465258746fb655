/* bench_relevance.c - nDCG@10 of listing search and of plain FTS5 over test/relevance/.
 *
 *     bench_relevance [--each]    also each query, and what it found that nobody judged
 *
 * relevance.ndcg10.fts_baseline is FTS5's trigram tokenizer with its bm25(), the better of the two
 * plain ones; that of unicode61 stands beside it.
 */
#include <stdio.h>
#include <string.h>

#include "../test/relevance/relevance.h"

static void print(const char *metric, double value)
{
	(void)printf("{\"bench\":\"relevance\",\"metric\":\"%s\",\"value\":%.4f,\"unit\":\"1\"}\n",
		metric, value);
}

static void tell(const struct relevance *r, const struct relevance_query *q,
	const struct relevance_answer *answer, const char *system)
{
	(void)printf("%-10s %.3f " STR_FMT ":", system, relevance_ndcg(r, q, answer),
		STR_ARG(q->text));
	for (uint32_t i = 0; i < answer->count; i++) {
		int grade = relevance_grade(r, q, answer->at[i]);
		const struct relevance_listing *l = &r->listings[answer->at[i]];
		(void)printf(" " STR_FMT "%s%d", STR_ARG(l->name), grade < 0 ? "?" : ":",
			grade < 0 ? 0 : grade);
	}
	(void)printf("\n");
}

int main(int argc, char **argv)
{
	bool each = argc > 1 && strcmp(argv[1], "--each") == 0;
	double own[2] = { 0 }, trigram[2] = { 0 }, plain = 0;
	uint32_t count[2] = { 0 };     /* of synonyms.tsv in the second place */
	static struct relevance r;
	struct plain_index *indexes[2];
	struct service_node n;
	struct arena a = { 0 };

	relevance_read(&r);
	service_node_init(&n, "relevance.huren.example", NULL);
	service_node_open(&n);
	relevance_publish(&r, &n);
	indexes[0] = relevance_plain(&r, "trigram");
	indexes[1] = relevance_plain(&r, "unicode61");
	arena_init(&a, 64 << 20);
	for (uint32_t i = 0; i < r.query_count; i++) {
		const struct relevance_query *q = &r.queries[i];
		struct relevance_answer answers[3];
		relevance_search(&r, &n, &a, q->text, &answers[0]);
		relevance_plain_search(indexes[0], q->text, &answers[1]);
		relevance_plain_search(indexes[1], q->text, &answers[2]);
		count[q->synonym]++;
		own[q->synonym] += relevance_ndcg(&r, q, &answers[0]);
		trigram[q->synonym] += relevance_ndcg(&r, q, &answers[1]);
		plain += q->synonym ? 0 : relevance_ndcg(&r, q, &answers[2]);
		for (int k = 0; each && k < 2; k++)
			tell(&r, q, &answers[k], k == 0 ? "search" : "trigram");
		arena_reset(&a);
	}
	print("relevance.ndcg10", own[0] / count[0]);
	print("relevance.ndcg10.fts_baseline", trigram[0] / count[0]);
	print("relevance.ndcg10.fts_unicode61", plain / count[0]);
	print("relevance.synonyms.ndcg10", own[1] / count[1]);
	print("relevance.synonyms.ndcg10.fts_baseline", trigram[1] / count[1]);
	print("relevance.pairs", r.pair_count);
	relevance_plain_close(indexes[0]);
	relevance_plain_close(indexes[1]);
	service_node_clear(&n);
	arena_clear(&a);
	arena_clear(&r.a);
	return 0;
}
