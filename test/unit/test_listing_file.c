/* test_listing_file.c - files of listings: what may be attached, who may have it, copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/files_inner.h"
#include "service/listing_file.h"
#include "service/listing_inner.h"
#include "store/blobs.h"
#include "two_nodes.h"

#define PEER STR("did:web:longquanyi.huren.example")

/* ---- the statement --------------------------------------------------------------------------- */

static enum err_code parse_with(struct arena *a, struct json *files)
{
	struct listing l = { .id = STR("urn:uuid:00000000-0000-4000-8000-000000000001"),
		.version = 1, .kind = STR("demand"), .organisation = STR("o"),
		.organisation_code = STR("c"), .organisation_kind = STR("lab"), .title = STR("t"),
		.summary = STR("s"), .fields = json_new_object(a), .files = files };

	return listing_parse(listing_subject(a, &l), &l, NULL);
}

static struct json *entry(struct arena *a, int number, const char *name, double bytes)
{
	uint8_t digest[DIGEST_BYTES] = { (uint8_t)number };
	struct json *v = json_set_text(a, json_new_object(a), "name", name);

	v = json_set_text(a, v, "mediaType", "application/pdf");
	v = json_set_number(a, v, "bytes", bytes);
	return json_set_str(a, v, "digest", base64url_new(a, digest, DIGEST_BYTES));
}

static struct json *one_of(struct arena *a, struct json *v)
{
	return json_push(a, json_new_array(a), v);
}

/* limit_listing_files limit_listing_file_mb */
static void listing_file_entries_are_checked_at_the_door(void **state)
{
	static const char *const bad[] = { "", "a/b", "a\\b", "a\"b", "a\nb", "\xff" };
	struct arena *a = &f.a;
	struct json *files = json_new_array(a), *v;

	(void)state;
	for (int i = 0; i < LIMIT_LISTING_FILES; i++)
		files = json_push(a, files, entry(a, i, "参数.pdf", 1));
	assert_int_equal(parse_with(a, files), ERR_OK);
	files = json_push(a, files, entry(a, 99, "x", 1));
	assert_int_equal(parse_with(a, files), ERR_TOO_LARGE);
	assert_int_equal(parse_with(a, one_of(a, entry(a, 1, "x", LIMIT_LISTING_FILE_MB * 1e6))),
		ERR_OK);
	assert_int_equal(parse_with(a, one_of(a, entry(a, 1, "x",
		LIMIT_LISTING_FILE_MB * 1e6 + 1))),
		ERR_TOO_LARGE);
	assert_int_equal(parse_with(a, one_of(a, entry(a, 1, "x", 0))), ERR_TOO_LARGE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_with(a, one_of(a, entry(a, 1, bad[i], 1))), ERR_INVALID);
	v = json_push(a, one_of(a, entry(a, 1, "x", 1)), entry(a, 1, "y", 1));
	assert_int_equal(parse_with(a, v), ERR_INVALID); /* twice */
	v = json_set_text(a, entry(a, 1, "x", 1), "url", "http://x");
	assert_int_equal(parse_with(a, one_of(a, v)), ERR_INVALID);
	v = json_set_text(a, entry(a, 1, "x", 1), "digest", "short");
	assert_int_equal(parse_with(a, one_of(a, v)), ERR_INVALID);
	assert_int_equal(parse_with(a, one_of(a, json_new_str(a, STR("x")))), ERR_INVALID);
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static enum err_code try_save(int64_t *ret, struct err *e)
{
	struct account_who wang = who(5, MAY(POST));
	struct listing_draft d = { .kind = STR("demand"), .title = STR("需要仿真平台"),
		.summary = STR("说明") };
	struct json *problems, *v = NULL, *fields = NULL;
	uint64_t number;

	TRY(json_parse(&f.a, STR("{\"industries\":[\"I65\"],\"regions\":[\"500118\"]}"),
		&fields, e));
	d.fields = fields;
	TRY(service_listing_save(f.one.service, &f.a, &wang, 0, 0, &d, &problems, &v, e));
	TRY(str_parse_u64(json_get_str(v, "number"), &number, e));
	*ret = (int64_t)number;
	return ERR_OK;
}

static int64_t save(void)
{
	struct err e = { 0 };
	int64_t id = 0;

	if (try_save(&id, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return id;
}

static int64_t revision_of(int64_t id)
{
	return node_sql(&f.one, arena_printf(&f.a,
		"SELECT revision FROM listing_work WHERE id = %lld",
		(long long)id));
}

/* The word of what is wrong; "" when it was attached. */
static struct str attach(int64_t id, struct listing_attach x)
{
	struct account_who wang = who(5, MAY(POST));
	struct json *problems = NULL;
	struct err e = { 0 };
	enum err_code code;

	x.revision = x.revision ? x.revision : revision_of(id);
	code = service_listing_attach(f.one.service, &f.a, &wang, id, &x, &problems, &e);
	if (code == ERR_OK)
		return STR("");
	if (code != ERR_INVALID || json_count(problems) == 0)
		return str_copy(&f.a, str_of(e.message));
	return json_get_str(problems->members[0].value, "wrong");
}

static struct str bytes_of(int number)
{
	return str_printf(&f.a, "%%PDF-1.7 %d", number);
}

static struct str upload(int64_t id, int number)
{
	return attach(id, (struct listing_attach){ .name = STR("a.pdf"), .bytes =
		bytes_of(number) });
}

static struct digest digest_of(int number)
{
	return digest_sha256(bytes_of(number));
}

static struct str text_of(const struct digest *d)
{
	return base64url_new(&f.a, d->at, DIGEST_BYTES);
}

static struct str choose(int64_t id, int number)
{
	struct digest d = digest_of(number);

	return attach(id, (struct listing_attach){ .digest = text_of(&d) });
}

static void detach(int64_t id, int number, enum err_code expected)
{
	struct account_who wang = who(5, MAY(POST));
	struct digest d = digest_of(number);

	assert_int_equal(service_listing_detach(f.one.service, &f.a, &wang, id, revision_of(id), &d,
		NULL), expected);
}

static enum err_code try_submit(int64_t id, struct str *ret_wrong, struct err *e)
{
	struct account_who wang = who(5, MAY(POST));
	struct json *problems = NULL;
	enum err_code code = service_listing_submit(f.one.service, &f.a, &wang, id, &problems, e);

	*ret_wrong = json_get_str(json_get(problems, "attachments"), "wrong");
	return code;
}

static enum err_code submit(int64_t id, struct str *ret_wrong)
{
	return try_submit(id, ret_wrong, NULL);
}

static enum err_code try_publish(int64_t id, struct err *e)
{
	struct account_who zhao = who(6, MAY(MODERATE));
	struct str wrong;

	TRY(try_submit(id, &wrong, e));
	return service_listing_review(f.one.service, &f.a, &zhao, id, true, STR(""), e);
}

static void publish(int64_t id)
{
	struct err e = { 0 };

	if (try_publish(id, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static void *work_on(void *stop)
{
	while (!atomic_load((atomic_bool *)stop))
		listings_work(f.one.service);
	digest_thread_clear();
	return NULL;
}

/* Either may come second, and nobody is told of a conflict. What is saved in one transaction with
 * a refused statement is written again, and must come out the same. */
static void listing_is_published_once_by_who_reviews_it_or_by_the_work_thread(void **state)
{
	enum err_code code = ERR_OK;
	atomic_bool stop = false;
	struct err e = { 0 };
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, work_on, &stop), 0);
	for (int i = 0; i < 30 && code == ERR_OK; i++) {
		int64_t id = 0;
		code = try_save(&id, &e);
		if (code == ERR_OK)
			code = try_publish(id, &e);
	}
	atomic_store(&stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (code != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(node_sql(&f.one, "SELECT count(*) FROM listing_work"
		" WHERE state = 'published' AND version = 1"), 30);
}

static void listing_file_is_one_of_the_organisation_and_of_a_type_of_the_kind(void **state)
{
	int64_t id = save(), other;

	(void)state;
	assert_true(str_is(attach(id, (struct listing_attach){ .name = STR("a.pdf"),
		.bytes = STR("<html>") }), "file-type"));
	assert_true(str_is(attach(id, (struct listing_attach){ .name = STR("a.pdf"),
		.bytes = STR("") }), "file-missing"));
	assert_true(str_is(choose(id, 1), "file-gone"));
	assert_true(str_is(upload(id, 1), ""));
	assert_true(str_is(upload(id, 1), "file-twice"));
	for (int i = 2; i <= 4; i++)
		assert_true(str_is(upload(id, i), ""));
	assert_true(str_is(upload(id, 5), "too-many"));        /* the kind takes four */
	assert_int_equal(node_sql(&f.one, "SELECT count(*) FROM file_entry"), 4); /* nor kept */
	/* what others have is as if it were not there */
	other = save();
	assert_true(str_is(upload(other, 5), ""));
	detach(other, 5, ERR_OK);
	(void)node_sql(&f.one,
		"UPDATE file_entry SET organisation = 77 WHERE seq = (SELECT max(seq) "
		"FROM file_entry)");
	assert_true(str_is(choose(other, 5), "file-gone"));
	assert_true(str_is(choose(other, 4), ""));
	assert_int_equal(node_sql(&f.one, "SELECT count(*) FROM file_use WHERE kind = 'listing'"),
		5);
	detach(other, 4, ERR_OK);
	detach(other, 4, ERR_NOT_FOUND);
	assert_int_equal(node_sql(&f.one, "SELECT count(*) FROM file_use WHERE kind = 'listing'"),
		4);
	struct account_who stranger = who(8, MAY(POST));
	struct digest d = digest_of(1);
	stranger.organisation = 77;
	assert_int_equal(service_listing_detach(f.one.service, &f.a, &stranger, id, revision_of(id),
		&d, NULL), ERR_NOT_FOUND);
	assert_true(str_find(attach(id, (struct listing_attach){ .revision = 1, .digest =
		text_of(&d) }), STR("meanwhile")) != SIZE_MAX);
	assert_int_equal(node_sql(&f.one,
		"SELECT count(*) FROM audit WHERE action = 'listing-detach'"), 2);
}

static void listing_file_is_scanned_before_it_is_handed_in(void **state)
{
	static const struct { const char *scan; uint32_t programs; const char *wrong; } cases[] = {
		{ "waiting", 1, "file-waits" }, { "waiting", 0, "file-waits" },
		{ "infected", 1, "file-bad" }, { "infected", 0, "file-bad" },
		{ "not-scanned", 1, "file-unscanned" }, { "clean", 1, NULL },
	};
	int64_t id = save();
	struct str wrong;

	(void)state;
	assert_true(str_is(upload(id, 11), ""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)node_sql(&f.one, arena_printf(&f.a,
			"UPDATE file_entry SET scan = '%s' WHERE seq ="
			" (SELECT max(seq) FROM file_entry)", cases[i].scan));
		f.one.config.files.scan_count = cases[i].programs;
		enum err_code code = submit(id, &wrong);
		f.one.config.files.scan_count = 0;
		assert_int_equal(code, cases[i].wrong ? ERR_INVALID : ERR_OK);
		if (cases[i].wrong && !str_is(wrong, cases[i].wrong))
			fail_msg("%s: " STR_FMT, cases[i].scan, STR_ARG(wrong));
	}
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct str uuid_of(int64_t id)
{
	struct account_who wang = who(5, MAY(POST));
	struct json *v = NULL;

	assert_int_equal(service_listing_work(f.one.service, &f.a, &wang, id, &v, NULL), ERR_OK);
	return str_skip(json_get_str(v, "listing"), 9);
}

static enum err_code look(struct service_node *n, int64_t id, int number,
	struct listing_file_found *ret)
{
	struct digest d = digest_of(number);

	return service_listing_file(n->service, &f.a, uuid_of(id), &d, false, ret, NULL);
}

static void id_key_of(int64_t id, uint8_t ret[16])
{
	struct json *v = NULL;

	assert_int_equal(service_listing(f.one.service, &f.a, uuid_of(id), &v, NULL), ERR_OK);
	assert_int_equal(statement_id_parse(json_get_str(v, "id"), ret, NULL), ERR_OK);
}

static enum err_code disclose(const uint8_t id_key[16], int number)
{
	struct digest d = digest_of(number);

	return service_disclose_evidence(f.one.service, &f.a, PEER, id_key, &d, true, NULL);
}

static void listing_file_is_public_while_its_newest_version_is_in_force(void **state)
{
	struct account_who nobody = { .name = { 0 } }, wang = who(5, MAY(POST));
	struct listing_file_found found = { 0 };
	struct file_range range = { 0, 9 };
	uint8_t first[16], second[16];
	struct digest d = digest_of(21);
	int64_t id = save();

	(void)state;
	assert_true(str_is(upload(id, 21), ""));
	assert_int_equal(look(&f.one, id, 21, &found), ERR_NOT_FOUND); /* a draft */
	publish(id);
	id_key_of(id, first);
	assert_int_equal(look(&f.one, id, 21, &found), ERR_OK);
	assert_true(found.here && str_is(found.name, "a.pdf") && found.organisation == 1);
	assert_int_equal(service_listing_file_read(f.one.service, &found, &nobody, &d, &range,
		NULL),
		ERR_OK);
	assert_int_equal(node_sql(&f.one,
		"SELECT count(*) FROM file_access WHERE reader = 'public' AND"
		" address = ''"), 1);
	assert_int_equal(disclose(first, 21), ERR_OK);
	assert_int_equal(disclose(first, 22), ERR_NOT_FOUND);
	assert_int_equal(node_sql(&f.one,
		"SELECT count(*) FROM file_access WHERE reader LIKE 'did:%'"), 1);
	assert_int_equal(service_file_delete(f.one.service, &f.a, &wang, &d, NULL), ERR_CONFLICT);
	/* the next version has another file */
	detach(id, 21, ERR_OK);
	assert_true(str_is(upload(id, 22), ""));
	assert_int_equal(look(&f.one, id, 21, &found), ERR_OK);
	publish(id);
	id_key_of(id, second);
	assert_int_equal(look(&f.one, id, 21, &found), ERR_NOT_FOUND);
	assert_int_equal(look(&f.one, id, 22, &found), ERR_OK);
	assert_int_equal(disclose(first, 21), ERR_NOT_FOUND);
	assert_int_equal(disclose(second, 22), ERR_OK);
	/* what has run out gives nothing out */
	(void)node_sql(&f.one, "UPDATE listing SET until = until - 100000000");
	assert_int_equal(look(&f.one, id, 22, &found), ERR_NOT_FOUND);
	assert_int_equal(disclose(second, 22), ERR_NOT_FOUND);
	(void)node_sql(&f.one, "UPDATE listing SET until = until + 100000000");
	assert_int_equal(service_listing_withdraw(f.one.service, &f.a, &wang, id, false, STR("x"),
		NULL), ERR_OK);
	assert_int_equal(look(&f.one, id, 22, &found), ERR_NOT_FOUND);
	assert_int_equal(disclose(second, 22), ERR_NOT_FOUND);
	assert_true(str_find(upload(id, 23), STR("ended")) != SIZE_MAX);
	/* nothing holds the organisation's file any more */
	assert_int_equal(service_file_delete(f.one.service, &f.a, &wang, &d, NULL), ERR_OK);
}

/* ---- copies in the other city ---------------------------------------------------------------- */

static struct str blob_text;

/* What the gatherer does: it begins with what is wanted, and ends with what came. */
static struct evidence_want fetch_begin(int number)
{
	struct digest d = digest_of(number), none = { { 0 } };
	struct evidence_want want;

	assert_int_equal(service_evidence_next(f.two.service, &f.a, &none, &want, NULL), ERR_OK);
	assert_memory_equal(want.digest.at, d.at, DIGEST_BYTES);
	return want;
}

static void fetch_end(struct evidence_want want, int number, enum err_code expected)
{
	struct digest d = digest_of(number), none = { { 0 } }, got;
	struct blob_writer *w = NULL;
	uint64_t bytes;

	blob_text = bytes_of(number);
	assert_int_equal(blob_begin(f.two.dir, &d, blob_text.len, &w, &bytes, NULL), ERR_OK);
	assert_int_equal(blob_write(w, blob_text, NULL), ERR_OK);
	assert_int_equal(blob_finish(w, &got, &bytes, NULL), ERR_OK);
	assert_int_equal(service_evidence_fetched(f.two.service, &want, bytes, NULL), expected);
	assert_int_equal(service_evidence_next(f.two.service, &f.a, &none, &want, NULL),
		ERR_NOT_FOUND);
}

static void fetch(int number, enum err_code expected)
{
	fetch_end(fetch_begin(number), number, expected);
}

static bool is_there(int number)
{
	struct digest d = digest_of(number);
	uint64_t bytes;

	return blob_find(f.two.dir, &d, &bytes);
}

static void listing_copy_is_fetched_once_and_goes_with_its_listing(void **state)
{
	struct account_who wang = who(5, MAY(POST));
	struct listing_file_found found = { 0 };
	int64_t id = save();

	(void)state;
	assert_true(str_is(upload(id, 31), ""));
	publish(id);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(look(&f.two, id, 32, &found), ERR_NOT_FOUND);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(look(&f.two, id, 31, &found), ERR_OK);
		assert_true(!found.here && found.problem.len == 0);
	}
	fetch(31, ERR_OK);
	assert_int_equal(look(&f.two, id, 31, &found), ERR_OK);
	assert_true(found.here && found.organisation == 0);
	service_files_work(f.two.service, instant_now());
	assert_true(is_there(31));
	/* a refusal is told, and asked again when somebody wants it */
	assert_true(str_is(upload(id, 33), ""));
	publish(id);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(look(&f.two, id, 33, &found), ERR_OK);
	struct digest d = digest_of(33);
	assert_int_equal(service_evidence_refused(f.two.service, &d, "no such file", NULL), ERR_OK);
	assert_int_equal(look(&f.two, id, 33, &found), ERR_OK);
	assert_true(!found.here && str_is(found.problem, "no such file"));
	assert_int_equal(service_listing_file(f.two.service, &f.a, uuid_of(id), &d, true, &found,
		NULL),
		ERR_OK);
	assert_int_equal(found.problem.len, 0);
	assert_int_equal(look(&f.two, id, 31, &found), ERR_OK); /* named still: the copy stays */
	assert_true(found.here);
	struct evidence_want late = fetch_begin(33);
	assert_int_equal(service_listing_withdraw(f.one.service, &f.a, &wang, id, true, STR("x"),
		NULL), ERR_OK);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM evidence_want"), 0);
	assert_int_equal(look(&f.two, id, 31, &found), ERR_NOT_FOUND);
	service_files_work(f.two.service, instant_now());
	assert_false(is_there(31));
	/* one that comes after the end goes too */
	fetch_end(late, 33, ERR_OK);
	service_files_work(f.two.service, instant_now());
	assert_false(is_there(33));
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM listing_copy"), 0);
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM evidence"), 0);
	/* and one whose listing runs out */
	id = save();
	assert_true(str_is(upload(id, 34), ""));
	publish(id);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(look(&f.two, id, 34, &found), ERR_OK);
	fetch(34, ERR_OK);
	(void)node_sql(&f.two, "UPDATE listing SET until = 1 WHERE seq = (SELECT max(seq) FROM"
		" listing)");
	service_files_work(f.two.service, instant_now() + 61); /* it looks once a minute */
	service_files_work(f.two.service, instant_now() + 61);
	assert_false(is_there(34));
}

static void listing_copy_of_what_a_report_holds_leaves_it(void **state)
{
	struct account_who wang = who(5, MAY(POST));
	struct listing_file_found found = { 0 };
	struct digest d = digest_of(41);
	int64_t id = save();

	(void)state;
	assert_true(str_is(upload(id, 41), ""));
	publish(id);
	service_node_mirror(&f.one, &f.two);
	assert_int_equal(look(&f.two, id, 41, &found), ERR_OK);
	fetch(41, ERR_OK);
	assert_int_equal(service_evidence_keep(f.two.service, &d, &(struct evidence_about){
		.name = STR("a.pdf"), .media_type = STR("application/pdf"), .bytes =
			bytes_of(41).len },
		NULL), ERR_OK);
	assert_int_equal(service_listing_withdraw(f.one.service, &f.a, &wang, id, true, STR("x"),
		NULL),
		ERR_OK);
	service_node_mirror(&f.one, &f.two);
	service_files_work(f.two.service, instant_now());
	assert_true(is_there(41));
}

/* limit_listing_copies limit_listing_copies_mb */
static void listing_copies_make_room_for_newer_ones(void **state)
{
	struct listing_file_found found = { 0 };
	int64_t id = save();

	(void)state;
	for (int i = 51; i <= 52; i++)
		assert_true(str_is(upload(id, i), ""));
	publish(id);
	service_node_mirror(&f.one, &f.two);
	(void)node_sql(&f.two, arena_printf(&f.a,
		"WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1"
		" FROM n WHERE i < %d) INSERT INTO listing_copy (digest, listing_key, origin, "
		"bytes, gone) SELECT CAST(printf('%%032d', i) AS BLOB), x'00', 'x', 1, 0 FROM n",
		LIMIT_LISTING_COPIES));
	assert_int_equal(look(&f.two, id, 51, &found), ERR_OK);
	fetch(51, ERR_OK);
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM listing_copy WHERE gone = 1"), 1);
	service_files_work(f.two.service, instant_now());
	assert_int_equal(node_sql(&f.two, "SELECT count(*) FROM listing_copy"),
		LIMIT_LISTING_COPIES);
	(void)node_sql(&f.two,
		"UPDATE listing_copy SET gone = 1 WHERE origin = 'x' AND seq < (SELECT "
		"max(seq) - 2 FROM listing_copy)");
	(void)node_sql(&f.two, arena_printf(&f.a,
		"UPDATE listing_copy SET bytes = %lld WHERE origin = 'x' AND"
		" gone = 0", (long long)LIMIT_LISTING_COPIES_MB * 500000));
	assert_int_equal(look(&f.two, id, 52, &found), ERR_OK);
	fetch(52, ERR_OK);
	assert_int_equal(node_sql(&f.two,
		"SELECT count(*) FROM listing_copy WHERE gone = 0 AND origin "
		"= 'x'"), 1);
	assert_int_equal(look(&f.two, id, 52, &found), ERR_OK);
	assert_true(found.here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing_file_entries_are_checked_at_the_door),
		cmocka_unit_test(listing_is_published_once_by_who_reviews_it_or_by_the_work_thread),
		cmocka_unit_test(listing_file_is_one_of_the_organisation_and_of_a_type_of_the_kind),
		cmocka_unit_test(listing_file_is_scanned_before_it_is_handed_in),
		cmocka_unit_test(listing_file_is_public_while_its_newest_version_is_in_force),
		cmocka_unit_test(listing_copy_is_fetched_once_and_goes_with_its_listing),
		cmocka_unit_test(listing_copy_of_what_a_report_holds_leaves_it),
		cmocka_unit_test(listing_copies_make_room_for_newer_ones),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
