/* test_recomputation.c - what differs is told to the number; the statement says what its detail
 * does; evidence goes to whom the agreement names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "recognition/recomputation.h"
#include "service/evidence.h"
#include "service/recomputation.h"
#include "service/report_evaluation.h"
#include "service_node.h"
#include "store/blobs.h"

#define DRAFT "rules/samples/report-yongchuan.json"
#define D "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define ITEM "{\"item\":\"5.1\",\"scenario\":\"s\",\"verdict\":\"pass\",\"runs\":[{\"run\":1," \
	"\"verdict\":\"pass\"}],\"measurements\":[{\"name\":\"gap\",\"run\":1," \
	"\"margin\":\"0.38\"}]," \
	"\"evaluation\":{\"document\":\"" D "\"}}"
#define DOCUMENT "{\"program\":\"huren 1\",\"verdict\":\"pass\",\"runs\":[{\"run\":1," \
	"\"criteria\":[{\"id\":\"gap\",\"margin\":\"0.38\"}]}]}"

static struct json *parse(struct arena *a, const char *text)
{
	struct json *v = NULL;
	struct err e = { 0 };
	if (json_parse(a, str_of(text), &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

/* The differences as "what|where|bound|found" lines. */
static struct str compare(struct arena *a, const char *item, const char *bound, const char *found,
	const char *expected, enum recomputed *ret)
{
	struct recomputation_item in = { .item = parse(a, item), .bound = parse(a, bound),
		.found = parse(a, found), .expected = parse(a, expected) };
	struct str lines = STR("");
	struct json *v;
	assert_int_equal(recomputation_item(a, &in, &v, ret, NULL), ERR_OK);
	const struct json *list = json_get(v, "differences");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *d = json_at(list, i);
		lines = str_printf(a, STR_FMT "%s" STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT,
			STR_ARG(lines), i ? "\n" : "", STR_ARG(json_get_str(d, "what")),
			STR_ARG(json_get_str(d, "where")), STR_ARG(json_get_str(d, "bound")),
			STR_ARG(json_get_str(d, "found")));
	}
	return lines;
}

static void recomputation_tells_what_differs(void **state)
{
	static const struct {
		const char *item, *found, *expected;
		enum recomputed result;
		const char *lines;
	} cases[] = {
		{ ITEM, DOCUMENT, ITEM, RECOMPUTED_IDENTICAL, "" },
		{ ITEM, "{\"program\":\"huren 2\",\"verdict\":\"pass\",\"runs\":[{\"run\":1,"
			"\"criteria\":[{\"id\":\"gap\",\"margin\":\"0.38\"}]}]}", ITEM,
			RECOMPUTED_IDENTICAL, "" },
		{ ITEM, "{\"program\":\"huren 1\",\"verdict\":\"fail\",\"runs\":[{\"run\":1,"
			"\"criteria\":[{\"id\":\"gap\",\"margin\":\"0.12\"}]}]}", ITEM,
			RECOMPUTED_DIFFERENT, "margin|run 1, criterion gap|0.38|0.12\n"
			"verdict||pass|fail" },
		{ ITEM, "{\"program\":\"huren 1\",\"verdict\":\"pass\",\"runs\":[]}", ITEM,
			RECOMPUTED_DIFFERENT, "number of runs||1|0" },
		{ ITEM, DOCUMENT, "{\"verdict\":\"pass\",\"runs\":[{\"run\":1,\"verdict\":"
			"\"pass\"}],\"measurements\":[{\"name\":\"gap\",\"run\":1,\"margin\":"
			"\"0.12\"}]}", RECOMPUTED_DIFFERENT,
			"margin|run 1, the report's \"gap\"|0.38|0.12" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SCOPED_ARENA a = { 0 };
		enum recomputed result;
		arena_init(&a, 1 << 20);
		struct str lines = compare(&a, cases[i].item, DOCUMENT, cases[i].found,
			cases[i].expected, &result);
		if (!str_is(lines, cases[i].lines))
			fail_msg("case %zu: " STR_FMT, i, STR_ARG(lines));
		assert_int_equal(result, cases[i].result);
	}
}

static void recomputation_without_a_file_is_open_not_identical(void **state)
{
	SCOPED_ARENA a = { 0 };
	enum recomputed result;
	struct json *v;
	(void)state;
	arena_init(&a, 1 << 20);
	struct json *why = json_push(&a, json_new_array(&a), recomputation_difference(&a,
		"file missing", STR("file run1.mf4"), STR(D), STR("-")));
	struct recomputation_item in = { .item = parse(&a, ITEM), .why = why, .open = true };
	assert_int_equal(recomputation_item(&a, &in, &v, &result, NULL), ERR_OK);
	assert_int_equal(result, RECOMPUTED_OPEN);
	in.open = false; /* another file than the one bound */
	assert_int_equal(recomputation_item(&a, &in, &v, &result, NULL), ERR_OK);
	assert_int_equal(result, RECOMPUTED_DIFFERENT);
}

static struct json *detail_of(struct arena *a, struct str id, struct str digest, const char *result)
{
	struct recomputation_about about = { .report_id = id, .report_digest = digest,
		.program = STR("huren 0.1.0") };
	struct json *item = json_set_text(a, json_new_object(a), "result", result), *v = NULL;
	assert_int_equal(recomputation_detail(a, &about, json_push(a, json_new_array(a), item), &v,
		NULL), ERR_OK);
	return v;
}

static void recomputation_subject_says_what_its_detail_does(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct recomputation r;
	struct json *subject = NULL;
	struct err e = { 0 };
	(void)state;
	arena_init(&a, 1 << 20);
	struct str id = STR("urn:uuid:00112233-4455-4677-8899-aabbccddeeff");
	struct json *detail = detail_of(&a, id, STR(D), "different");
	assert_int_equal(recomputation_subject(&a, detail, &subject, NULL), ERR_OK);
	assert_int_equal(recomputation_parse(subject, &r, NULL), ERR_OK);
	assert_int_equal(r.result, RECOMPUTED_DIFFERENT);
	assert_int_equal(r.counts[RECOMPUTED_DIFFERENT], 1);
	json_set_text(&a, subject, "result", "identical");
	assert_int_equal(recomputation_parse(subject, &r, &e), ERR_INVALID);
	assert_string_equal(e.message, "member \"result\" contradicts the items");
	json_set_text(&a, detail, "result", "identical");
	assert_int_equal(recomputation_subject(&a, detail, &subject, &e), ERR_INVALID);
	struct recomputation_about about = { id, STR(D), STR("p") };
	assert_int_equal(recomputation_detail(&a, &about, json_new_array(&a), &detail, &e),
		ERR_INVALID);
}

/* ---- services -------------------------------------------------------------------------------- */

struct fixture {
	struct service_node one, two;
	struct arena a;
	struct str report;
	uint8_t key[16];
};

static int set_up(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	arena_init(&f.a, (size_t)128 << 20);
	service_node_init(&f.one, "yongchuan.huren.example", NULL);
	service_node_open(&f.one);
	service_node_init(&f.two, "longquanyi.huren.example", &f.one);
	service_node_open(&f.two);
	service_node_mirror(&f.one, &f.two);
	service_node_mirror(&f.two, &f.one);
	service_node_lab(&f.one, DRAFT);
	f.report = service_node_report(&f.one, &f.a, DRAFT, "R-1");
	assert_int_equal(statement_id_parse(f.report, f.key, NULL), ERR_OK);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	service_node_clear(&f->one);
	service_node_clear(&f->two);
	arena_clear(&f->a);
	return 0;
}

static void recomputation_is_published_kept_and_listed(void **state)
{
	struct fixture *f = *state;
	struct ledger_found found;
	struct json *answer;
	struct err e = { 0 };
	assert_int_equal(ledger_find(f->one.ledger, &f->a, f->key, &found, NULL), ERR_OK);
	struct str digest = base64url_new(&f->a, found.receipt.digest.at, DIGEST_BYTES);
	struct json *detail = detail_of(&f->a, f->report, digest, "identical");
	assert_int_equal(service_recomputation(f->one.service, &f->a, detail, &answer, &e), ERR_OK);
	struct json *list = recomputations_of(f->one.service, &f->a, f->key);
	assert_int_equal(json_count(list), 1);
	assert_true(str_is(json_get_str(json_at(list, 0), "result"), "identical"));
	assert_true(str_eq(json_get_str(json_at(list, 0), "id"), json_get_str(answer, "id")));
	struct json *rows;
	struct list_query q = { .rows = 10 };
	assert_int_equal(service_evidence_list(f->one.service, &f->a, &q, &rows, NULL), ERR_OK);
	assert_int_equal(json_count(json_get(rows, "rows")), 1);
	detail = detail_of(&f->a, f->report, STR(D), "identical");
	assert_int_equal(service_recomputation(f->one.service, &f->a, detail, &answer, &e),
		ERR_CONFLICT);
	service_node_mirror(&f->one, &f->two);
	assert_int_equal(json_count(recomputations_of(f->two.service, &f->a, f->key)), 1);
}

static void evidence_rows_are_kept_and_found(void **state)
{
	struct fixture *f = *state;
	struct digest d = digest_sha256(STR("x")), other = digest_sha256(STR("y"));
	struct evidence_about about = { STR("run 一.mf4"), STR("text/csv"), 1 }, found;
	char path[BLOB_PATH_BYTES];
	assert_int_equal(evidence_about_check(&about, NULL), ERR_OK);
	assert_int_equal(service_evidence_keep(f->one.service, &d, &about, NULL), ERR_BUSY);
	blob_path(f->one.dir, &d, path);
	assert_int_equal(io_write_durable(path, STR("x"), 0600, NULL), ERR_OK);
	assert_int_equal(service_evidence_keep(f->one.service, &d, &about, NULL), ERR_OK);
	assert_int_equal(service_evidence_keep(f->one.service, &d, &about, NULL), ERR_OK);
	assert_int_equal(service_evidence_find(f->one.service, &f->a, &d, &found, NULL), ERR_OK);
	assert_true(str_eq(found.name, about.name));
	assert_int_equal(service_evidence_find(f->one.service, &f->a, &other, &found, NULL),
		ERR_NOT_FOUND);
	about.name = STR("../x");
	assert_int_equal(evidence_about_check(&about, NULL), ERR_INVALID);
	about.name = STR("x");
	about.media_type = STR("Text");
	assert_int_equal(evidence_about_check(&about, NULL), ERR_INVALID);
}

static void evidence_is_disclosed_by_agreement_and_only_what_is_named(void **state)
{
	struct fixture *f = *state;
	struct json *files;
	struct digest d, other = digest_sha256(STR("not named"));
	struct err e = { 0 };
	assert_int_equal(service_evidence_of(f->one.service, &f->a, f->key, false, &files, NULL),
		ERR_OK);
	assert_true(str_is(json_str(json_path(files, "files/0/state")), "missing"));
	assert_int_equal(evidence_digest_parse(json_str(json_path(files, "files/0/digest")), &d,
		NULL), ERR_OK);
	assert_int_equal(service_disclose_evidence(f->one.service, &f->a, f->two.config.did, f->key,
		&d, true, &e), ERR_DENIED);
	service_node_agree(&f->one, &f->two);
	assert_int_equal(service_disclose_evidence(f->one.service, &f->a, f->two.config.did, f->key,
		&d, true, &e), ERR_OK);
	assert_int_equal(service_disclose_evidence(f->one.service, &f->a, f->two.config.did, f->key,
		&other, true, &e), ERR_NOT_FOUND);
	assert_int_equal(service_disclose_evidence(f->one.service, &f->a, STR("did:web:c.example"),
		f->key, &d, true, &e), ERR_DENIED);
}

static enum err_code fill_wishes(void *context, struct store *store, struct err *e)
{
	(void)context;
	for (int i = 0; i < LIMIT_EVIDENCE_WANTED; i++) {
		struct digest d = digest_sha256((struct str){ (const char *)&i, sizeof(i) });
		SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_PUT);
		sql_bind_blob(q, 1, d.at, DIGEST_BYTES);
		sql_bind_str(q, 2, STR("x/tlog"));
		sql_bind_blob(q, 3, d.at, 16);
		sql_bind_i64(q, 4, 1);
		sql_bind_str(q, 5, STR("n"));
		sql_bind_str(q, 6, STR("a/b"));
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

static void limit_evidence_wanted(void **state)
{
	struct fixture *f = *state;
	struct digest first = { { 0 } };
	struct evidence_want want;
	struct json *files;
	struct err e = { 0 };
	service_node_agree(&f->one, &f->two);
	service_node_mirror(&f->one, &f->two);
	assert_int_equal(service_node_hand_over(&f->one, &f->two, f->key, &e), ERR_OK);
	assert_int_equal(service_evidence_next(f->two.service, &f->a, &first, &want, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_evidence_of(f->two.service, &f->a, f->key, true, &files, &e),
		ERR_OK);
	assert_true(str_is(json_str(json_path(files, "files/0/state")), "waiting"));
	assert_int_equal(service_evidence_next(f->two.service, &f->a, &first, &want, &e), ERR_OK);
	assert_memory_equal(want.statement_key, f->key, 16);
	assert_int_equal(service_evidence_refused(f->two.service, &want.digest, "gone", &e),
		ERR_OK);
	assert_int_equal(ledger_write(f->two.ledger, fill_wishes, NULL, &e), ERR_OK);
	assert_int_equal(service_evidence_of(f->two.service, &f->a, f->key, true, &files, &e),
		ERR_TOO_LARGE);
	assert_string_equal(e.message, "over 4096 evidence files wait to be fetched");
}

static void report_without_evaluations_shows_none(void **state)
{
	struct fixture *f = *state;
	struct model_statement m;
	struct digest d = digest_sha256(STR("x"));
	struct json *doc;
	assert_int_equal(model_load(f->one.service, &f->a, f->key, &m, NULL), ERR_OK);
	assert_int_equal(json_count(report_evaluations(f->one.service, &f->a, &m)), 0);
	assert_int_equal(service_evaluation_document(f->one.service, &f->a, f->key, &d, &doc, NULL),
		ERR_NOT_FOUND);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recomputation_tells_what_differs),
		cmocka_unit_test(recomputation_without_a_file_is_open_not_identical),
		cmocka_unit_test(recomputation_subject_says_what_its_detail_does),
		T(recomputation_is_published_kept_and_listed),
		T(evidence_rows_are_kept_and_found),
		T(evidence_is_disclosed_by_agreement_and_only_what_is_named),
		T(limit_evidence_wanted),
		T(report_without_evaluations_shows_none),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
