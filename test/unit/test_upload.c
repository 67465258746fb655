/* test_upload.c - uploads and files of organisations: what is told is on the disk, whose they are,
 * and how they come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "account_fixture.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "service/evidence.h"
#include "service/files.h"
#include "service/files_inner.h"
#include "service/upload.h"
#include "store/partial.h"

#define FILES (MAY(FILES) | MAY(READ_OWN))

static struct account_who who(int64_t organisation)
{
	return (struct account_who){ .stage = STAGE_FULL, .organisation = organisation,
		.name = organisation == 7 ? STR("seven") : STR("eight"), .may = FILES,
		.address = STR("192.0.2.1"), .organisation_code = STR("") };
}

static struct upload_state begun(int64_t organisation, uint64_t bytes, const char *name)
{
	struct account_who by = who(organisation);
	struct upload_wish wish = { .bytes = bytes, .name = str_of(name),
		.media_type = STR("text/plain"), .metadata = STR("") };
	struct upload_state state = { .offset = 9 };
	struct err e = { 0 };

	if (upload_begin(node.service, &arena, &by, &wish, &state, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return state;
}

static enum err_code take(int64_t organisation, struct str id, uint64_t offset,
	struct upload_hand **ret)
{
	struct account_who by = who(organisation);
	struct upload_piece piece = { .id = id, .offset = offset };

	return upload_take(node.service, &arena, &by, &piece, ret, NULL);
}

static struct upload_state sent(int64_t organisation, struct str id, uint64_t offset,
	const char *text)
{
	struct upload_state state = { .offset = 0 };
	struct upload_hand *h = NULL;
	struct err e = { 0 };

	assert_int_equal(take(organisation, id, offset, &h), ERR_OK);
	if (upload_write(h, str_of(text), &e) != ERR_OK ||
		upload_end(h, &arena, &state, &e) != ERR_OK)
		fail_msg("%s", e.message);
	upload_let_go(h);
	return state;
}

static struct digest put(int64_t organisation, const char *text, const char *name)
{
	struct upload_state state = sent(organisation, begun(organisation, strlen(text), name).id,
		0, text);

	assert_true(state.known);
	return state.digest;
}

static uint64_t offset_of(int64_t organisation, struct str id)
{
	struct account_who by = who(organisation);
	struct upload_state state = { .offset = UINT64_MAX };

	if (upload_find(node.service, &arena, &by, id, &state, NULL) != ERR_OK)
		return UINT64_MAX;
	return state.offset;
}

static struct json *file_of(int64_t organisation, const struct digest *d)
{
	struct account_who by = who(organisation);
	struct json *v = NULL;

	return service_file(node.service, &arena, &by, d, STR(""), &v, NULL) == ERR_OK ? v : NULL;
}

static bool is_held(const struct digest *d)
{
	uint64_t bytes;

	return blob_find(node.dir, d, &bytes);
}

static size_t refused_lines(const char *action)
{
	char sql[128];

	audit_flush(node.service);
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM audit WHERE action = '%s' AND"
		" result = 'refused'", action);
	return (size_t)ask_number(sql);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void upload_comes_in_pieces_and_is_a_file(void **state)
{
	struct upload_state u = begun(7, 11, "a.txt");
	struct digest want = digest_sha256(STR("hello world"));

	(void)state;
	assert_int_equal(offset_of(7, u.id), 0);
	assert_int_equal(sent(7, u.id, 0, "hello").offset, 5);
	assert_int_equal(offset_of(7, u.id), 5);
	u = sent(7, u.id, 5, " world");
	assert_true(u.whole);
	assert_true(u.known);
	assert_true(digest_eq(&u.digest, &want));
	assert_true(is_held(&want));
	assert_true(str_is(json_get_str(file_of(7, &want), "scan"), "not-scanned"));
	assert_int_equal(offset_of(7, u.id), 11); /* also to who did not hear of the end */
}

static void upload_is_written_where_it_stands_only(void **state)
{
	struct upload_state u = begun(7, 5, "b.txt"), ignored;
	struct upload_hand *h = NULL, *other = NULL;

	(void)state;
	assert_int_equal(take(7, u.id, 1, &h), ERR_CONFLICT);
	assert_int_equal(take(7, u.id, 0, &h), ERR_OK);
	assert_int_equal(upload_write(h, STR("abc"), NULL), ERR_OK);
	assert_int_equal(upload_write(h, STR("def"), NULL), ERR_TOO_LARGE);
	/* Another comes back to it: the first is out. */
	assert_int_equal(take(7, u.id, 3, &other), ERR_OK);
	assert_int_equal(upload_write(h, STR("d"), NULL), ERR_CONFLICT);
	assert_int_equal(upload_end(h, &arena, &ignored, NULL), ERR_CONFLICT);
	upload_let_go(h);
	assert_int_equal(upload_write(other, STR("de"), NULL), ERR_OK);
	upload_let_go(other); /* its line broke: what came is kept */
	assert_int_equal(offset_of(7, u.id), 5);
	service_files_work(node.service, instant_now());
	struct digest d = digest_sha256(STR("abcde"));
	assert_non_null(file_of(7, &d));
}

static enum err_code sent_with(struct str id, uint64_t offset, const char *text,
	const char *summed, bool end)
{
	struct account_who by = who(7);
	struct digest d = digest_sha256(str_of(summed));
	struct upload_piece piece = { .id = id, .offset = offset,
		.checksum = { .kind = CHECKSUM_SHA256, .len = DIGEST_BYTES } };
	struct upload_state ignored;
	struct upload_hand *h = NULL;
	enum err_code code;

	memcpy(piece.checksum.at, d.at, DIGEST_BYTES);
	assert_int_equal(upload_take(node.service, &arena, &by, &piece, &h, NULL), ERR_OK);
	code = upload_write(h, str_of(text), NULL);
	if (code == ERR_OK && end)
		code = upload_end(h, &arena, &ignored, NULL);
	upload_let_go(h);
	return code;
}

static void upload_forgets_a_piece_whose_checksum_does_not_hold(void **state)
{
	struct upload_state u = begun(7, 6, "c.txt");
	struct digest d = digest_sha256(STR("abcxyz"));

	(void)state;
	assert_int_equal(sent_with(u.id, 0, "abc", "abc", true), ERR_OK);
	assert_int_equal(sent_with(u.id, 3, "def", "deg", true), ERR_UNPROVEN);
	assert_int_equal(offset_of(7, u.id), 3);
	/* Cut off before it could be told whether it holds. */
	assert_int_equal(sent_with(u.id, 3, "de", "def", false), ERR_OK);
	assert_int_equal(offset_of(7, u.id), 3);
	assert_int_equal(sent_with(u.id, 3, "xyz", "xyz", true), ERR_OK);
	assert_non_null(file_of(7, &d));
}

/* What is told is never taken back: a piece counts once its checksum holds. */
static void upload_tells_of_a_piece_with_a_checksum_when_it_holds(void **state)
{
	struct upload_state u = begun(7, 6, "sure.txt");
	struct account_who by = who(7);
	struct digest d = digest_sha256(STR("abcxyz"));
	struct upload_piece piece = { .id = u.id, .checksum = { CHECKSUM_SHA256, DIGEST_BYTES,
		{ 0 } } };
	struct upload_hand *h = NULL;

	(void)state;
	assert_int_equal(upload_take(node.service, &arena, &by, &piece, &h, NULL), ERR_OK);
	assert_int_equal(upload_write(h, STR("abq"), NULL), ERR_OK);
	assert_int_equal(offset_of(7, u.id), 0);
	/* Who comes back meanwhile begins where it was told, over what was not confirmed. */
	assert_int_equal(sent(7, u.id, 0, "abc").offset, 3);
	assert_int_equal(upload_write(h, STR("q"), NULL), ERR_CONFLICT);
	upload_let_go(h);
	assert_int_equal(offset_of(7, u.id), 3);
	assert_true(sent(7, u.id, 3, "xyz").whole);
	service_files_work(node.service, instant_now());
	assert_non_null(file_of(7, &d));
}

/* A request that has sent all and does not end holds up nobody else. */
static void upload_that_does_not_end_holds_up_no_other(void **state)
{
	struct upload_state one = begun(7, 3, "one.txt"), two = begun(7, 3, "two.txt");
	struct digest d = digest_sha256(STR("ten"));
	bool swap = str_cmp(one.id, two.id) > 0;
	struct str first = swap ? two.id : one.id, second = swap ? one.id : two.id;
	struct upload_hand *h = NULL, *other = NULL;

	(void)state;
	assert_int_equal(take(7, first, 0, &h), ERR_OK);
	assert_int_equal(upload_write(h, STR("one"), NULL), ERR_OK);
	assert_int_equal(take(7, second, 0, &other), ERR_OK);
	assert_int_equal(upload_write(other, STR("ten"), NULL), ERR_OK);
	upload_let_go(other);
	assert_int_equal(offset_of(7, second), 3);
	service_files_work(node.service, instant_now());
	assert_non_null(file_of(7, &d));
	upload_let_go(h);
	d = digest_sha256(STR("one"));
	assert_null(file_of(7, &d));
	service_files_work(node.service, instant_now());
	assert_non_null(file_of(7, &d));
}

/* The bytes of a finished upload are the file's: cancelling or forgetting it leaves them. */
static void upload_that_is_a_file_is_dropped_without_its_bytes(void **state)
{
	static char program[] = "/bin/true";
	struct account_who by = who(7);
	struct upload_state one, two;
	struct digest d = digest_sha256(STR("to be scanned")), e = digest_sha256(STR("another"));
	struct node_files was = node.config.files;

	(void)state;
	node.config.files.scan[0] = program;
	node.config.files.scan_count = 1;
	one = sent(7, begun(7, 13, "scan.txt").id, 0, "to be scanned");
	two = sent(7, begun(7, 7, "scan2.txt").id, 0, "another");
	assert_true(one.known);
	assert_true(two.known);
	assert_int_equal(upload_cancel(node.service, &arena, &by, one.id, NULL), ERR_OK);
	assert_int_equal(alter("UPDATE upload SET expires = 1 WHERE digest IS NOT NULL AND name ="
		" 'scan2.txt'"), 1);
	/* It is swept before its turn to be scanned comes. */
	assert_int_equal(alter("UPDATE file_entry SET scan = 'later' WHERE scan = 'waiting'"), 2);
	node.service->files->swept_at = 0;
	service_files_work(node.service, instant_now());
	assert_int_equal(offset_of(7, two.id), UINT64_MAX);
	assert_int_equal(alter("UPDATE file_entry SET scan = 'waiting' WHERE scan = 'later'"), 2);
	service_files_work(node.service, instant_now());
	assert_true(str_is(json_get_str(file_of(7, &d), "scan"), "clean"));
	assert_true(str_is(json_get_str(file_of(7, &e), "scan"), "clean"));
	assert_true(is_held(&d));
	assert_true(is_held(&e));
	node.config.files = was;
}

static void upload_goes_on_after_a_restart(void **state)
{
	struct upload_state u = begun(7, 10, "d.txt");
	struct upload_hand *h = NULL;
	struct digest d = digest_sha256(STR("0123456789"));
	char left[PARTIAL_ID_BYTES];
	uint64_t bytes;
	int fd;

	(void)state;
	assert_int_equal(take(7, u.id, 0, &h), ERR_OK);
	assert_int_equal(upload_write(h, STR("0123"), NULL), ERR_OK);
	upload_let_go(h);
	partial_id_new(left); /* of a form that was cut off */
	assert_int_equal(partial_open(node.dir, left, &fd, &bytes, NULL), ERR_OK);
	(void)close(fd);
	service_node_close(&node);
	service_node_open(&node);
	assert_false(partial_find(node.dir, left, &bytes));
	assert_int_equal(offset_of(7, u.id), 4);
	u = sent(7, u.id, 4, "456789");
	assert_true(u.whole);
	assert_false(u.known); /* its digest is computed from the disk */
	assert_null(file_of(7, &d));
	service_files_work(node.service, instant_now());
	assert_non_null(file_of(7, &d));
	/* Killed after the last byte came, before anything was told. */
	u = begun(7, 3, "e.txt");
	assert_int_equal(take(7, u.id, 0, &h), ERR_OK);
	assert_int_equal(upload_write(h, STR("end"), NULL), ERR_OK);
	upload_let_go(h);
	service_node_close(&node);
	service_node_open(&node);
	service_files_work(node.service, instant_now());
	d = digest_sha256(STR("end"));
	assert_non_null(file_of(7, &d));
}

/* While the request that brought the last byte is at it, the thread could not take it. */
static void upload_wakes_the_thread_once_nobody_is_at_it(void **state)
{
	struct upload_state u = begun(7, 4, "f.txt");
	struct digest d = digest_sha256(STR("rest"));
	struct upload_hand *h = NULL;
	struct files *files;

	(void)state;
	(void)sent(7, u.id, 0, "re");
	service_node_close(&node);
	service_node_open(&node); /* so that the digest is not known */
	files = node.service->files;
	assert_int_equal(take(7, u.id, 2, &h), ERR_OK);
	assert_int_equal(upload_write(h, STR("st"), NULL), ERR_OK);
	files->woken = false;
	assert_int_equal(upload_end(h, &arena, &u, NULL), ERR_OK);
	assert_true(u.whole && !u.known);
	assert_false(files->woken);
	upload_let_go(h);
	assert_true(files->woken && files->look_whole);
	service_files_work(node.service, instant_now());
	assert_non_null(file_of(7, &d));
}

static void upload_of_another_organisation_is_none(void **state)
{
	struct account_who by = who(8);
	struct upload_state u = begun(7, 5, "f.txt");
	size_t before = refused_lines("access");
	struct upload_hand *h = NULL;

	(void)state;
	assert_int_equal(offset_of(8, u.id), UINT64_MAX);
	assert_int_equal(take(8, u.id, 0, &h), ERR_NOT_FOUND);
	assert_int_equal(upload_cancel(node.service, &arena, &by, u.id, NULL), ERR_NOT_FOUND);
	assert_int_equal(refused_lines("access"), before + 3);
	by = who(7);
	assert_int_equal(upload_cancel(node.service, &arena, &by, u.id, NULL), ERR_OK);
	assert_int_equal(offset_of(7, u.id), UINT64_MAX);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static enum err_code begin_code(int64_t organisation, uint64_t bytes)
{
	struct account_who by = who(organisation);
	struct upload_wish wish = { .bytes = bytes, .name = STR("x"),
		.media_type = STR("text/plain"), .metadata = STR("") };
	struct upload_state state;

	return upload_begin(node.service, &arena, &by, &wish, &state, NULL);
}

static void limit_upload_mb(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_UPLOAD_MB, 50000);
	assert_int_equal(begin_code(20, 50000000000), ERR_OK);
	assert_int_equal(begin_code(20, 50000000001), ERR_TOO_LARGE);
}

static void limit_files_quota_mb(void **state)
{
	size_t before = refused_lines("upload");

	(void)state;
	assert_int_equal(node.config.files.quota_mb, LIMIT_FILES_QUOTA_MB);
	assert_int_equal(LIMIT_FILES_QUOTA_MB, 200000);
	for (int i = 0; i < 4; i++)
		assert_int_equal(begin_code(21, 50000000000), ERR_OK);
	assert_int_equal(begin_code(21, 1), ERR_TOO_LARGE);
	assert_int_equal(refused_lines("upload"), before + 1);
	assert_int_equal(begin_code(22, 1), ERR_OK);
}

/* A file of a plain form. */
static enum err_code direct(int64_t organisation, struct upload_hand **ret)
{
	struct account_who by = who(organisation);
	struct upload_wish wish = { .bytes = 1, .name = STR("x"), .media_type = STR("text/plain"),
		.metadata = STR("") };

	return upload_direct(node.service, &arena, &by, &wish, ret, NULL);
}

static void limit_uploads_per_organisation(void **state)
{
	static struct upload_hand *hands[LIMIT_UPLOADS_PER_ORGANISATION];
	struct upload_hand *more = NULL;

	(void)state;
	assert_int_equal(LIMIT_UPLOADS_PER_ORGANISATION, 64);
	for (int i = 0; i < LIMIT_UPLOADS_PER_ORGANISATION; i++)
		assert_int_equal(begin_code(23, 1), ERR_OK);
	assert_int_equal(begin_code(23, 1), ERR_BUSY);
	/* Those of forms, which have no rows, are counted apart. */
	for (int i = 0; i < LIMIT_UPLOADS_PER_ORGANISATION; i++)
		assert_int_equal(direct(23, &hands[i]), ERR_OK);
	assert_int_equal(direct(23, &more), ERR_BUSY);
	assert_null(more);
	upload_let_go(hands[0]);
	assert_int_equal(direct(23, &hands[0]), ERR_OK);
	for (int i = 0; i < LIMIT_UPLOADS_PER_ORGANISATION; i++)
		upload_let_go(hands[i]);
}

static void limit_uploads_open(void **state)
{
	static struct upload_hand *hands[LIMIT_UPLOADS_OPEN + 1];
	struct digest d;

	(void)state;
	assert_int_equal(LIMIT_UPLOADS_OPEN, 256);
	for (int i = 0; i < LIMIT_UPLOADS_OPEN; i++)
		assert_int_equal(direct(24 + i / LIMIT_UPLOADS_PER_ORGANISATION, &hands[i]),
			ERR_OK);
	assert_int_equal(direct(40, &hands[LIMIT_UPLOADS_OPEN]), ERR_BUSY);
	assert_int_equal(upload_write(hands[0], STR("q"), NULL), ERR_OK);
	assert_int_equal(upload_end_direct(hands[0], &arena, &d, NULL), ERR_OK);
	assert_non_null(file_of(24, &d));
	for (int i = 0; i < LIMIT_UPLOADS_OPEN; i++)
		upload_let_go(hands[i]);
	assert_int_equal(begin_code(24, 1), ERR_OK);
}

static void limit_upload_keep_s(void **state)
{
	struct upload_state u = begun(7, 5, "old.txt");
	uint64_t bytes;
	int64_t now = instant_now();

	(void)state;
	assert_int_equal(LIMIT_UPLOAD_KEEP_S, 604800);
	assert_int_equal(node.config.files.keep_s, LIMIT_UPLOAD_KEEP_S);
	(void)sent(7, u.id, 0, "ab");
	service_files_work(node.service, now + LIMIT_UPLOAD_KEEP_S - 60);
	assert_int_equal(offset_of(7, u.id), 2);
	service_files_work(node.service, now + LIMIT_UPLOAD_KEEP_S + 60);
	assert_int_equal(offset_of(7, u.id), UINT64_MAX);
	assert_false(partial_find(node.dir, u.id.at, &bytes));
}

/* What came is made durable beside the sending, long before its end. */
static void limit_upload_sync_mb(void **state)
{
	struct upload_state u = begun(7, 200000000, "long.bin");
	struct upload_hand *h = NULL;
	struct str piece = { arena_alloc(&arena, 1 << 20), 1 << 20 };

	(void)state;
	assert_int_equal(LIMIT_UPLOAD_SYNC_MB, 64);
	assert_int_equal(take(7, u.id, 0, &h), ERR_OK);
	for (int i = 0; i < LIMIT_UPLOAD_SYNC_MB + 1; i++)
		assert_int_equal(upload_write(h, piece, NULL), ERR_OK);
	service_files_work(node.service, instant_now());
	assert_int_equal(upload_write(h, piece, NULL), ERR_OK);
	upload_let_go(h);
	assert_int_equal(offset_of(7, u.id), (uint64_t)(LIMIT_UPLOAD_SYNC_MB + 2) << 20);
	struct account_who by = who(7);
	assert_int_equal(upload_cancel(node.service, &arena, &by, u.id, NULL), ERR_OK);
}

/* Settings as an operator writes them. */
static enum err_code load(const char *files)
{
	SCOPED_ARENA a = { 0 };
	char path[300], *whole;
	struct node_config config;
	struct str text;

	arena_init(&a, 4194304);
	(void)snprintf(path, sizeof(path), "%s/node.json", node.dir);
	assert_int_equal(io_read_file(&a, path, 65536, &text, NULL), ERR_OK);
	whole = arena_printf(&a, "{\"files\":%s,%.*s", files, (int)text.len - 1, text.at + 1);
	assert_int_equal(io_write_durable(path, str_of(whole), 0600, NULL), ERR_OK);
	enum err_code code = node_config_load(node.dir, &config, NULL);
	node_config_clear(&config);
	assert_int_equal(io_write_durable(path, text, 0600, NULL), ERR_OK);
	return code;
}

static void limit_scan_words(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_SCAN_WORDS, 16);
	assert_int_equal(load("{\"scan\":[\"/s\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
		"\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}"), ERR_OK);
	assert_int_equal(load("{\"scan\":[\"/s\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
		"\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]}"), ERR_TOO_LARGE);
	assert_int_equal(load("{\"scan\":[\"scan\"]}"), ERR_INVALID);
	assert_int_equal(load("{\"scan\":[\"/s\",1]}"), ERR_INVALID);
	assert_int_equal(load("{\"scan_s\":0}"), ERR_INVALID);
	assert_int_equal(load("{\"quota_mb\":\"1\"}"), ERR_INVALID);
	assert_int_equal(load("{\"keep_s\":604801}"), ERR_INVALID);
}

static void limit_files_quotas(void **state)
{
	char text[8192] = "{\"quotas\":{";

	(void)state;
	assert_int_equal(LIMIT_FILES_QUOTAS, 256);
	for (int i = 0; i < LIMIT_FILES_QUOTAS; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\"c%d\":1",
			i ? "," : "", i);
	size_t len = strlen(text);
	(void)snprintf(text + len, sizeof(text) - len, "}}");
	assert_int_equal(load(text), ERR_OK);
	(void)snprintf(text + len, sizeof(text) - len, ",\"more\":1}}");
	assert_int_equal(load(text), ERR_TOO_LARGE);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void file_of_two_organisations_is_held_once_and_until_the_last(void **state)
{
	struct digest d = put(7, "shared", "ours.txt");
	struct account_who seven = who(7), eight = who(8);

	(void)state;
	assert_null(file_of(8, &d));
	(void)put(8, "shared", "theirs.txt");
	assert_true(str_is(json_get_str(file_of(7, &d), "name"), "ours.txt"));
	assert_true(str_is(json_get_str(file_of(8, &d), "name"), "theirs.txt"));
	/* The same again of the same organisation changes nothing. */
	(void)put(7, "shared", "again.txt");
	assert_true(str_is(json_get_str(file_of(7, &d), "name"), "ours.txt"));
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL), ERR_OK);
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL),
		ERR_NOT_FOUND);
	assert_true(is_held(&d));
	assert_int_equal(service_file_delete(node.service, &arena, &eight, &d, NULL), ERR_OK);
	assert_false(is_held(&d));
}

struct use_job {
	const struct digest *digest;
	const struct file_use *use;
};

static enum err_code put_use(void *context, struct store *store, struct err *e)
{
	const struct use_job *job = context;

	return files_use_put(store, job->digest, job->use, e);
}

static enum err_code drop_use(void *context, struct store *store, struct err *e)
{
	const struct use_job *job = context;

	return files_use_drop(store, job->use->kind, job->use->ref, e);
}

static void file_that_something_refers_to_stays(void **state)
{
	struct digest d = put(7, "used", "u.txt");
	struct account_who seven = who(7);
	const struct file_use use = { .kind = STR("draft"), .ref = STR("/drafts/1"),
		.name = STR("YC-1"), .organisation = 7 };
	struct use_job job = { &d, &use };
	struct str name;
	const struct file_range range = { 2, 1 };

	(void)state;
	assert_int_equal(ledger_write(node.ledger, put_use, &job, NULL), ERR_OK);
	const struct json *v = file_of(7, &d);
	assert_int_equal(json_count(json_get(v, "used_by")), 1);
	assert_false(json_true(json_get(v, "deletable")));
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL),
		ERR_CONFLICT);
	assert_true(is_held(&d));
	assert_int_equal(service_file_read(node.service, &arena, &seven, &d, &range, &name, NULL),
		ERR_OK);
	assert_int_equal(ledger_write(node.ledger, drop_use, &job, NULL), ERR_OK);
	v = file_of(7, &d);
	assert_int_equal(json_count(json_get(v, "readers")), 1);
	assert_true(json_true(json_get(v, "deletable")));
	/* Another organisation's use is not told, but keeps the bytes. */
	const struct file_use other = { .kind = STR("draft"), .ref = STR("/drafts/2"),
		.name = STR("x"), .organisation = 8 };
	job.use = &other;
	assert_int_equal(ledger_write(node.ledger, put_use, &job, NULL), ERR_OK);
	assert_int_equal(json_count(json_get(file_of(7, &d), "used_by")), 0);
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL), ERR_OK);
	assert_true(is_held(&d));
}

static void file_that_the_node_has_too_stays_with_it(void **state)
{
	struct digest d = put(7, "both", "both.txt");
	struct account_who seven = who(7);

	(void)state;
	assert_int_equal(service_evidence_keep(node.service, &d, &(struct evidence_about){
		.bytes = 4, .name = STR("both.txt"), .media_type = STR("text/plain") }, NULL),
		ERR_OK);
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL), ERR_OK);
	assert_true(is_held(&d));
}

static enum err_code kept_for_the_node(const struct digest *d)
{
	return service_evidence_keep(node.service, d, &(struct evidence_about){ .bytes = 4,
		.name = STR("race.txt"), .media_type = STR("text/plain") }, NULL);
}

static void fetch(const char *text)
{
	struct digest d = digest_sha256(str_of(text));
	struct blob_writer *w;
	uint64_t bytes;

	assert_int_equal(blob_begin(node.dir, &d, strlen(text), &w, &bytes, NULL), ERR_OK);
	assert_int_equal(blob_write(w, str_of(text), NULL), ERR_OK);
	assert_int_equal(blob_finish(w, &d, &bytes, NULL), ERR_OK);
}

/* Between the end of a fetch and its row an organisation deletes the same file. */
static void file_deleted_while_the_node_fetches_it_comes_again(void **state)
{
	struct digest d = put(7, "race", "race.txt");
	struct account_who seven = who(7);

	(void)state;
	fetch("race");
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL), ERR_OK);
	assert_false(is_held(&d));
	assert_int_equal(kept_for_the_node(&d), ERR_BUSY);
	assert_int_equal(ask_number("SELECT count(*) FROM evidence WHERE name = 'race.txt'"), 0);
	fetch("race");
	assert_int_equal(kept_for_the_node(&d), ERR_OK);
	/* The other way round the node has it, and it stays. */
	(void)put(7, "race", "race.txt");
	assert_int_equal(service_file_delete(node.service, &arena, &seven, &d, NULL), ERR_OK);
	assert_true(is_held(&d));
}

/* A report that names it, in the log: told to its issuer's organisation. */
static void report_that_names_a_file_is_told_to_its_issuer(void **state)
{
	(void)state;
	service_node_lab(&node, "rules/samples/report-yongchuan.json");
	(void)service_node_report(&node, &arena, "rules/samples/report-yongchuan.json", NULL);
	assert_true(ask_number("SELECT count(*) FROM file_use WHERE kind = 'report' AND issuer <>"
		" ''") > 0);
}

static void files_sizes_are_read_by_people(void **state)
{
	static const struct { uint64_t bytes; const char *text; } cases[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" }, { 1999, "1.9 kB" },
		{ 123456, "123 kB" }, { 999999, "999 kB" }, { 1000000, "1.0 MB" },
		{ 50000000000, "50.0 GB" }, { 200000000000, "200 GB" },
		{ 1500000000000, "1.5 TB" }, { 1500000000000000, "1500 TB" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(str_is(files_size_text(&arena, cases[i].bytes), cases[i].text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upload_comes_in_pieces_and_is_a_file),
		cmocka_unit_test(upload_is_written_where_it_stands_only),
		cmocka_unit_test(upload_forgets_a_piece_whose_checksum_does_not_hold),
		cmocka_unit_test(upload_tells_of_a_piece_with_a_checksum_when_it_holds),
		cmocka_unit_test(upload_that_does_not_end_holds_up_no_other),
		cmocka_unit_test(upload_that_is_a_file_is_dropped_without_its_bytes),
		cmocka_unit_test(upload_goes_on_after_a_restart),
		cmocka_unit_test(upload_wakes_the_thread_once_nobody_is_at_it),
		cmocka_unit_test(upload_of_another_organisation_is_none),
		cmocka_unit_test(limit_upload_mb),
		cmocka_unit_test(limit_files_quota_mb),
		cmocka_unit_test(limit_uploads_per_organisation),
		cmocka_unit_test(limit_uploads_open),
		cmocka_unit_test(limit_upload_keep_s),
		cmocka_unit_test(limit_upload_sync_mb),
		cmocka_unit_test(limit_scan_words),
		cmocka_unit_test(limit_files_quotas),
		cmocka_unit_test(file_of_two_organisations_is_held_once_and_until_the_last),
		cmocka_unit_test(file_that_something_refers_to_stays),
		cmocka_unit_test(file_that_the_node_has_too_stays_with_it),
		cmocka_unit_test(file_deleted_while_the_node_fetches_it_comes_again),
		cmocka_unit_test(report_that_names_a_file_is_told_to_its_issuer),
		cmocka_unit_test(files_sizes_are_read_by_people),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
