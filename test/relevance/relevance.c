/* relevance.c - see relevance.h. */
#include "relevance.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "service/listing_inner.h"

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "relevance: %s\n", e->message);
	abort();
}

static struct str read_file(struct relevance *r, const char *name)
{
	const char *source = getenv("HUREN_SOURCE");
	struct err e = { 0 };
	struct str ret;

	must(io_read_file(&r->a, arena_printf(&r->a, "%s/test/relevance/%s", source ? source : ".",
		name), 1 << 20, &ret, &e), &e);
	return ret;
}

static void read_queries(struct relevance *r, struct str labels, bool synonym)
{
	while (labels.len > 0) {
		struct str line = str_cut(&labels, '\n'), all;
		struct relevance_query *q = &r->queries[r->query_count++];
		CHECK(r->query_count < RELEVANCE_QUERIES);
		q->synonym = synonym;
		q->text = str_cut(&line, '\t');
		all = q->labels = line;
		while (all.at && str_cut(&all, ' ').len > 0)
			q->judged++;
		r->pair_count += q->judged;
	}
}

void relevance_read(struct relevance *r)
{
	struct str corpus, labels;

	memset(r, 0, sizeof(*r));
	arena_init(&r->a, 64 << 20);
	corpus = read_file(r, "corpus.tsv");
	labels = read_file(r, "labels.tsv");
	while (corpus.len > 0) {
		struct str line = str_cut(&corpus, '\n');
		struct relevance_listing *l = &r->listings[r->listing_count++];
		CHECK(r->listing_count < RELEVANCE_LISTINGS);
		l->name = str_cut(&line, '\t');
		l->kind = str_cut(&line, '\t');
		l->title = str_cut(&line, '\t');
		l->text = line;
	}
	read_queries(r, labels, false);
	read_queries(r, read_file(r, "synonyms.tsv"), true);
}

/* ---- on a node ------------------------------------------------------------------------------- */

static struct json *subject_of(struct arena *a, const struct relevance_listing *l,
	const struct listing_kind *k, uint32_t number)
{
	struct listing v = { .version = 1, .kind = l->kind, .rules = k->digest,
		.organisation = str_printf(a, "机构%u", number),
		.organisation_code = STR("91500118MA5YLAB01X"), .organisation_kind = STR("lab"),
		.title = l->title, .summary = l->text, .fields = json_new_object(a) };

	v.id = statement_id_text(a, l->uuid);
	return listing_subject(a, &v);
}

void relevance_publish(struct relevance *r, struct service_node *n)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	uint64_t index;

	arena_init(&a, 64 << 20);
	for (uint32_t i = 0; i < r->listing_count; i++) {
		const struct listing_kind *k = listing_kind_find(service_listing_kinds(n->service),
			r->listings[i].kind);
		uint8_t uuid[16];
		struct json *doc;
		CHECK(k);
		service_uuid(uuid);
		service_uuid(r->listings[i].uuid);
		doc = statement_new(&a, KIND_LISTING, uuid, n->config.did, STR("样例市"),
			instant_now(), subject_of(&a, &r->listings[i], k, i));
		doc = json_set_text(&a, doc, "validUntil", "2039-12-31T00:00:00Z");
		must(ledger_issue(n->ledger, &a, doc, NULL, &index, &e), &e);
		arena_reset(&a);
	}
	arena_clear(&a);
}

static uint32_t by_uuid(const struct relevance *r, struct str id)
{
	uint8_t uuid[16];

	must(statement_id_parse(id, uuid, NULL), &(struct err){ .message = "no id" });
	for (uint32_t i = 0; i < r->listing_count; i++) {
		if (memcmp(r->listings[i].uuid, uuid, sizeof(uuid)) == 0)
			return i;
	}
	abort();
}

void relevance_search(const struct relevance *r, struct service_node *n, struct arena *a,
	struct str text, struct relevance_answer *ret)
{
	struct listing_query q = { .text = text, .rows = RELEVANCE_SHOWN };
	const struct json *rows;
	struct json *v = NULL;
	struct err e = { 0 };

	must(service_listings(n->service, a, &q, &v, &e), &e);
	rows = json_get(v, "rows");
	*ret = (struct relevance_answer){ 0 };
	for (size_t i = 0; i < json_count(rows); i++)
		ret->at[ret->count++] = by_uuid(r, json_get_str(json_at(rows, i), "listing"));
}

/* ---- plain FTS5 ------------------------------------------------------------------------------ */

struct plain_index { sqlite3 *db; sqlite3_stmt *find; bool trigram; };

struct plain_index *relevance_plain(const struct relevance *r, const char *tokenizer)
{
	struct plain_index *p = calloc(1, sizeof(*p));
	sqlite3_stmt *put = NULL;
	char sql[160];

	CHECK(p);
	p->trigram = strcmp(tokenizer, "trigram") == 0;
	(void)snprintf(sql, sizeof(sql),
		"CREATE VIRTUAL TABLE t USING fts5 (title, words, tokenize=\"%s\")", tokenizer);
	CHECK(sqlite3_open(":memory:", &p->db) == SQLITE_OK);
	CHECK(sqlite3_exec(p->db, sql, NULL, NULL, NULL) == SQLITE_OK);
	CHECK(sqlite3_prepare_v2(p->db, "INSERT INTO t (rowid, title, words) VALUES (?1, ?2, ?3)",
		-1, &put, NULL) == SQLITE_OK);
	for (uint32_t i = 0; i < r->listing_count; i++) {
		const struct relevance_listing *l = &r->listings[i];
		(void)sqlite3_bind_int64(put, 1, i + 1);
		(void)sqlite3_bind_text(put, 2, l->title.at, (int)l->title.len, SQLITE_STATIC);
		(void)sqlite3_bind_text(put, 3, l->text.at, (int)l->text.len, SQLITE_STATIC);
		CHECK(sqlite3_step(put) == SQLITE_DONE);
		(void)sqlite3_reset(put);
	}
	(void)sqlite3_finalize(put); /* was done */
	CHECK(sqlite3_prepare_v2(p->db, "SELECT rowid FROM t WHERE t MATCH ?1 ORDER BY bm25(t)"
		" LIMIT 10", -1, &p->find, NULL) == SQLITE_OK);
	return p;
}

static size_t step_of(struct str s)
{
	unsigned char c = (unsigned char)s.at[0];

	return c < 0x80 ? 1 : c >= 0xe0 ? 3 : 2;
}

static void put_or(struct buf *b, struct str word)
{
	buf_printf(b, "%s\"" STR_FMT "\"", buf_str(b).len > 0 ? " OR " : "", STR_ARG(word));
}

static void put_trigrams(struct buf *b, struct str part)
{
	while (part.len > 0) {
		size_t one = step_of(part), two, three;
		two = one < part.len ? one + step_of(str_skip(part, one)) : part.len;
		three = two < part.len ? two + step_of(str_skip(part, two)) : 0;
		if (three == 0)
			return;
		put_or(b, (struct str){ part.at, three });
		part = str_skip(part, one);
	}
}

void relevance_plain_search(struct plain_index *p, struct str text, struct relevance_answer *ret)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 65536);
	*ret = (struct relevance_answer){ 0 };
	while (text.len > 0) {
		struct str part = str_cut(&text, ' ');
		if (p->trigram)
			put_trigrams(&b, part);
		else
			put_or(&b, part);
	}
	if (buf_str(&b).len == 0)
		return; /* shorter than a trigram */
	(void)sqlite3_bind_text(p->find, 1, buf_str(&b).at, (int)buf_str(&b).len, SQLITE_STATIC);
	while (sqlite3_step(p->find) == SQLITE_ROW)
		ret->at[ret->count++] = (uint32_t)sqlite3_column_int64(p->find, 0) - 1;
	CHECK(sqlite3_reset(p->find) == SQLITE_OK);
}

void relevance_plain_close(struct plain_index *p)
{
	(void)sqlite3_finalize(p->find); /* was reset */
	CHECK(sqlite3_close(p->db) == SQLITE_OK);
	free(p);
}

/* ---- the figure ------------------------------------------------------------------------------ */

int relevance_grade(const struct relevance *r, const struct relevance_query *q, uint32_t listing)
{
	struct str all = q->labels;

	while (all.len > 0) {
		struct str label = str_cut(&all, ' ');
		if (str_eq(str_cut(&label, ':'), r->listings[listing].name))
			return label.at[0] - '0';
	}
	return -1;
}

static double gain(int grade, uint32_t place)
{
	return grade <= 0 ? 0 : (double)((1 << grade) - 1) / log2(place + 2.0);
}

double relevance_ndcg(const struct relevance *r, const struct relevance_query *q,
	const struct relevance_answer *answer)
{
	uint32_t graded[4] = { 0 }, place = 0;
	struct str all = q->labels;
	double ideal = 0, sum = 0;

	while (all.len > 0) {
		struct str label = str_cut(&all, ' ');
		(void)str_cut(&label, ':');
		CHECK(label.len == 1 && label.at[0] >= '0' && label.at[0] <= '3');
		graded[label.at[0] - '0']++;
	}
	for (int grade = 3; grade > 0; grade--) {
		for (uint32_t i = 0; i < graded[grade] && place < RELEVANCE_SHOWN; i++)
			ideal += gain(grade, place++);
	}
	CHECK(ideal > 0);
	for (uint32_t i = 0; i < answer->count; i++)
		sum += gain(relevance_grade(r, q, answer->at[i]), i);
	return sum / ideal;
}
