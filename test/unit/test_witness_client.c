/* test_witness_client.c - the dialogue with a witness that is right, behind, ahead, or wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "peer/witness_client.h"

#define NOW 1795489445
#define ORIGIN "yongchuan.huren.example/tlog"
#define ENTRIES_MAX 1000

struct fixture {
	struct arena arena;
	/* own log */
	uint64_t size;
	struct digest leaves[ENTRIES_MAX];
	struct key secret;
	struct note_key key;
	/* the witness */
	struct key witness_secret;
	struct note_key witness_key;
	struct witness_state state;
	char kept[4096];                   /* what its monitoring address shows; "" for 404 */
	bool kept_fails;
	int64_t time;                      /* its clock */
	uint32_t posts;
	/* what it answers instead, when `status` is set */
	int status;
	const char *type, *body;
	bool moving;                       /* 409 with another size each time */
	struct witness_client client;
	struct witness_result result;
	struct err err;
};

static struct digest root_of(const struct fixture *f, uint64_t size)
{
	struct merkle_range range;
	merkle_range_init(&range);
	for (uint64_t i = 0; i < size; i++)
		merkle_range_append(&range, &f->leaves[i]);
	return merkle_range_root(&range);
}

static void grow(struct fixture *f, uint64_t size, const char *word)
{
	char text[64];
	for (; f->size < size; f->size++) {
		(void)snprintf(text, sizeof(text), "%s %llu", word, (unsigned long long)f->size);
		f->leaves[f->size] = digest_sha256_leaf(str_of(text));
	}
}

static struct str note_of(struct fixture *f, uint64_t size)
{
	struct checkpoint c = { .origin = STR(ORIGIN), .size = size, .root = root_of(f, size) };
	SCOPED_BUF b = { 0 };
	buf_init(&b, 4096);
	assert_int_equal(checkpoint_sign(&b, &c, &f->key, &f->secret, NULL, NULL, NULL), ERR_OK);
	return str_copy(&f->arena, buf_str(&b));
}

static enum err_code own_checkpoint(void *context, struct arena *a, struct str *ret_note,
	uint64_t *ret_size, struct err *e)
{
	struct fixture *f = context;
	(void)a;
	if (f->size == 0)
		return err_set(e, ERR_NOT_FOUND, "nothing has been published yet");
	*ret_note = note_of(f, f->size);
	*ret_size = f->size;
	return ERR_OK;
}

static enum err_code own_node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	struct fixture *f = context;
	struct merkle_range range;
	(void)e;
	merkle_range_init(&range);
	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		merkle_range_append(&range, &f->leaves[i]);
	*ret = merkle_range_root(&range);
	return ERR_OK;
}

static enum err_code own_prove(void *context, uint64_t old_size, uint64_t new_size,
	struct merkle_proof *ret, struct err *e)
{
	struct merkle_reader reader = { .node = own_node, .context = context };
	return merkle_prove_consistency(&reader, old_size, new_size, ret, e);
}

static enum err_code own_root(void *context, uint64_t size, struct digest *ret, struct err *e)
{
	(void)e;
	*ret = root_of(context, size);
	return ERR_OK;
}

/* The witness of tlog/witness.h, unless a test wants another answer. */
static enum err_code post(void *context, struct arena *a, struct str body,
	struct witness_reply *ret, struct err *e)
{
	struct fixture *f = context;
	struct witness_request r;
	struct witness_state next = { 0 };
	static struct note n;
	struct checkpoint c;
	f->posts++;
	if (f->moving) {
		*ret = (struct witness_reply){ .status = 409,
			.content_type = STR("text/x.tlog.size"), .body =
			str_printf(a, "%u\n", f->posts) };
		return ERR_OK;
	}
	if (f->status) {
		*ret = (struct witness_reply){ .status = f->status, .body = str_of(f->body),
			.content_type = str_of(f->type) };
		return ERR_OK;
	}
	enum err_code code = witness_request_parse(a, body, &r, e);
	if (code == ERR_OK)
		code = witness_check(a, &r, &f->key, &f->state, &next, &n, &c, e);
	ret->status = err_class(code)->http_status;
	ret->content_type = STR("text/plain");
	ret->body = STR("");
	if (code == ERR_CORRECT_SIZE) {
		ret->content_type = STR("text/x.tlog.size");
		ret->body = str_printf(a, "%llu\n", (unsigned long long)f->state.size);
	}
	if (code == ERR_OK) {
		SCOPED_BUF b = { 0 };
		buf_init(&b, 4096);
		assert_int_equal(cosignature_sign(&b, n.text, (uint64_t)f->time, &f->witness_key,
			&f->witness_secret, NULL), ERR_OK);
		ret->body = str_copy(a, buf_str(&b));
		ret->status = 200;
		f->state = next;
	}
	return ERR_OK;
}

static enum err_code kept(void *context, struct arena *a, struct str *ret_note, struct err *e)
{
	struct fixture *f = context;
	if (f->kept_fails)
		return err_set(e, ERR_BUSY, "away");
	if (f->kept[0] == '\0')
		return err_set(e, ERR_NOT_FOUND, "no such page");
	*ret_note = str_copy(a, str_of(f->kept));
	return ERR_OK;
}

static void make_key(uint8_t seed, struct str name, enum note_sig_type type, struct key *ret_secret,
	struct note_key *ret)
{
	const uint8_t secret[32] = { seed };
	assert_int_equal(key_from_secret(KEY_ED25519, secret, ret_secret, NULL), ERR_OK);
	assert_int_equal(note_key_make(name, type, &ret_secret->pub, ret, NULL), ERR_OK);
}

static int set_up(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 24);
	key_library_init();
	make_key(1, STR(ORIGIN), NOTE_ED25519, &f.secret, &f.key);
	make_key(2, STR("longquanyi.huren.example/witness"), NOTE_COSIGNATURE, &f.witness_secret,
		&f.witness_key);
	f.time = NOW;
	f.client = (struct witness_client){ .key = f.witness_key,
		.link = { .post = post, .kept = kept, .context = &f },
		.own = { .key = &f.key, .checkpoint = own_checkpoint, .prove = own_prove,
			.root = own_root, .context = &f } };
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_clear(&f->arena);
	return 0;
}

static enum err_code submit(struct fixture *f)
{
	f->posts = 0;
	return witness_client_submit(&f->client, &f->arena, NOW, &f->result, &f->err);
}

static void cosigns(struct fixture *f, uint64_t size, uint32_t posts)
{
	if (submit(f) != ERR_OK)
		fail_msg("%s", f->err.message);
	assert_int_equal(f->result.outcome, WITNESS_COSIGNED);
	assert_int_equal(f->result.size, size);
	assert_int_equal(f->result.time, f->time);
	assert_int_equal(f->state.size, size);
	assert_int_equal(f->posts, posts);
	assert_true(str_starts(f->result.line, "\xe2\x80\x94 longquanyi.huren.example/witness "));
	assert_true(str_ends(f->result.line, "\n"));
}

static void answers(struct fixture *f, int status, const char *type, const char *body)
{
	f->status = status;
	f->type = type;
	f->body = body;
}

static void fails(struct fixture *f, enum err_code code, const char *message)
{
	assert_int_equal(submit(f), code);
	if (!strstr(f->err.message, message))
		fail_msg("\"%s\" is not in: %s", message, f->err.message);
}

static void shows(struct fixture *f, struct str note)
{
	(void)snprintf(f->kept, sizeof(f->kept), STR_FMT, STR_ARG(note));
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void witness_client_begins_with_a_new_witness(void **state)
{
	struct fixture *f = *state;
	grow(f, 5, "entry");
	cosigns(f, 5, 1);
}

static void witness_client_proves_from_the_last_size(void **state)
{
	struct fixture *f = *state;
	grow(f, 5, "entry");
	cosigns(f, 5, 1);
	grow(f, 700, "entry");
	cosigns(f, 700, 1);
	cosigns(f, 700, 1); /* again, for a fresh time */
}

static void witness_client_learns_the_size(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	f->state = (struct witness_state){ .size = 300, .root = root_of(f, 300) };
	grow(f, 700, "entry");
	cosigns(f, 700, 2);
}

static void witness_client_follows_a_witness_that_was_restored(void **state)
{
	struct fixture *f = *state;
	grow(f, 700, "entry");
	cosigns(f, 700, 1);
	f->state = (struct witness_state){ .size = 300, .root = root_of(f, 300) };
	cosigns(f, 700, 2);
}

static void witness_client_tells_a_witness_that_is_ahead(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	answers(f, 409, "text/x.tlog.size", "301\n");
	assert_int_equal(submit(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_AHEAD);
	assert_int_equal(f->result.size, 301);
	assert_false(f->result.proven);
}

static void witness_client_tells_what_the_witness_can_show(void **state)
{
	struct fixture *f = *state;
	grow(f, 301, "entry");
	shows(f, note_of(f, 301));
	f->size = 300;
	answers(f, 409, "text/x.tlog.size", "301\n");
	assert_int_equal(submit(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_AHEAD);
	assert_true(f->result.proven);
}

static void witness_client_believes_no_unsigned_show(void **state)
{
	struct fixture *f = *state;
	grow(f, 301, "entry");
	struct key other;
	struct note_key other_key;
	struct key own = f->secret;
	struct note_key own_key = f->key;
	make_key(9, STR(ORIGIN), NOTE_ED25519, &other, &other_key);
	f->secret = other;
	f->key = other_key;
	shows(f, note_of(f, 301));
	f->secret = own;
	f->key = own_key;
	f->size = 300;
	answers(f, 409, "text/x.tlog.size", "301\n");
	assert_int_equal(submit(f), ERR_OK);
	assert_false(f->result.proven);
}

static void witness_client_tells_its_own_fork(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	f->state = (struct witness_state){ .size = 300, .root = root_of(f, 300) };
	shows(f, note_of(f, 300));
	f->size = 299;
	grow(f, 400, "other");
	assert_int_equal(submit(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_FORKED);
	assert_int_equal(f->result.size, 300);
	assert_true(f->result.proven);
}

static void witness_client_takes_no_word_for_a_fork(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	cosigns(f, 300, 1);
	shows(f, note_of(f, 300));
	grow(f, 400, "entry");
	answers(f, 422, "text/plain", "");
	fails(f, ERR_UNPROVEN, "refuses a proof from size 300 that holds");
	f->kept[0] = '\0';
	fails(f, ERR_UNPROVEN, "refuses a proof from size 0 that holds");
	f->status = 0;
	cosigns(f, 400, 2);
}

static void witness_client_refuses_sizes_that_make_no_sense(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	answers(f, 409, "text/x.tlog.size", "0\n");
	fails(f, ERR_INVALID, "asks for size 0, which was offered");
	answers(f, 409, "text/plain", "7\n");
	fails(f, ERR_INVALID, "answered 409 without a size");
	answers(f, 409, "text/x.tlog.size", "7");
	fails(f, ERR_INVALID, "answered 409 without a size");
	answers(f, 409, "text/x.tlog.size", "07\n");
	fails(f, ERR_INVALID, "size told by witness");
	answers(f, 409, "text/x.tlog.size", "-7\n");
	fails(f, ERR_INVALID, "size told by witness");
	f->moving = true;
	fails(f, ERR_INVALID, "names another size each time");
	assert_int_equal(f->posts, 3);
}

static void witness_client_refuses_answers_that_are_no_cosignature(void **state)
{
	struct fixture *f = *state;
	struct key other;
	struct note_key other_key, same_name;
	grow(f, 300, "entry");
	answers(f, 200, "text/plain", "");
	fails(f, ERR_INVALID, "answer of witness");
	answers(f, 200, "text/plain", "thank you\n");
	fails(f, ERR_INVALID, "answer of witness");
	answers(f, 200, "text/plain", "more text\n\n\xe2\x80\x94 a AAAAAAAA\n");
	assert_int_equal(submit(f), ERR_INVALID);
	f->status = 0;
	make_key(7, STR("longquanyi.huren.example/witness"), NOTE_COSIGNATURE, &other, &same_name);
	make_key(7, STR("elsewhere/witness"), NOTE_COSIGNATURE, &other, &other_key);
	f->client.key = other_key;
	fails(f, ERR_DENIED, "without a cosignature by its key");
	f->state.size = 0;
	f->client.key = same_name;
	fails(f, ERR_DENIED, "without a cosignature by its key");
}

static void witness_client_refuses_a_cosignature_of_another_checkpoint(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	cosigns(f, 300, 1);
	const char *line = str_z(&f->arena, f->result.line);
	grow(f, 301, "entry");
	answers(f, 200, "text/plain", line);
	fails(f, ERR_DENIED, "answer of witness");
}

static void witness_client_bounds_the_time_of_a_cosignature(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	f->time = NOW + LIMIT_FUTURE_SKEW_S;
	cosigns(f, 300, 1);
	f->time = NOW - LIMIT_FUTURE_SKEW_S;
	cosigns(f, 300, 1);
	f->time = NOW + LIMIT_FUTURE_SKEW_S + 1;
	fails(f, ERR_DENIED, "is dated 301 seconds from now");
	f->time = NOW - LIMIT_FUTURE_SKEW_S - 1;
	fails(f, ERR_DENIED, "is dated -301 seconds from now");
}

static void witness_client_ignores_lines_of_others(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	cosigns(f, 300, 1);
	char body[4096];
	(void)snprintf(body, sizeof(body), "\xe2\x80\x94 elsewhere/witness AAAAAAAA\n" STR_FMT,
		STR_ARG(f->result.line));
	answers(f, 200, "text/plain", body);
	assert_int_equal(submit(f), ERR_OK);
	assert_true(str_starts(f->result.line, "\xe2\x80\x94 longquanyi.huren.example/witness "));
}

static void witness_client_names_refusals(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	answers(f, 403, "text/plain", "");
	fails(f, ERR_DENIED, "does not trust our log's key (403)");
	answers(f, 404, "text/plain", "");
	fails(f, ERR_NOT_FOUND, "does not witness our log (404)");
	answers(f, 400, "text/plain", "");
	fails(f, ERR_INVALID, "says that our request is malformed (400)");
	answers(f, 503, "text/plain", "");
	fails(f, ERR_BUSY, "answered 503");
	answers(f, 302, "text/plain", "");
	fails(f, ERR_UNSUPPORTED, "answered 302");
	answers(f, 0, NULL, NULL);
	cosigns(f, 300, 1);
}

static enum err_code ask(struct fixture *f)
{
	return witness_client_ask(&f->client, &f->arena, NOW, &f->result, &f->err);
}

static void witness_client_asks_before_anything_is_signed(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(ask(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_NOTHING);
	f->kept_fails = true;
	assert_int_equal(ask(f), ERR_BUSY);
	f->kept_fails = false;
	grow(f, 7, "entry");
	shows(f, note_of(f, 7));
	f->size = 0;
	assert_int_equal(ask(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_AHEAD);
	assert_int_equal(f->result.size, 7);
	assert_true(f->result.proven);
	(void)snprintf(f->kept, sizeof(f->kept), "garbage");
	assert_int_equal(ask(f), ERR_INVALID);
	assert_int_equal(f->posts, 0);
}

static void witness_client_asks_from_size_0(void **state)
{
	struct fixture *f = *state;
	grow(f, 300, "entry");
	f->state = (struct witness_state){ .size = 200, .root = root_of(f, 200) };
	assert_int_equal(ask(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_NOTHING);
	assert_int_equal(f->result.size, 200);
	assert_int_equal(f->posts, 1);
	cosigns(f, 300, 1);
	f->state = (struct witness_state){ .size = 301 };
	assert_int_equal(ask(f), ERR_OK);
	assert_int_equal(f->result.outcome, WITNESS_AHEAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(witness_client_begins_with_a_new_witness),
		TEST(witness_client_proves_from_the_last_size),
		TEST(witness_client_learns_the_size),
		TEST(witness_client_follows_a_witness_that_was_restored),
		TEST(witness_client_tells_a_witness_that_is_ahead),
		TEST(witness_client_tells_what_the_witness_can_show),
		TEST(witness_client_believes_no_unsigned_show),
		TEST(witness_client_tells_its_own_fork),
		TEST(witness_client_takes_no_word_for_a_fork),
		TEST(witness_client_refuses_sizes_that_make_no_sense),
		TEST(witness_client_refuses_answers_that_are_no_cosignature),
		TEST(witness_client_refuses_a_cosignature_of_another_checkpoint),
		TEST(witness_client_bounds_the_time_of_a_cosignature),
		TEST(witness_client_ignores_lines_of_others),
		TEST(witness_client_names_refusals),
		TEST(witness_client_asks_before_anything_is_signed),
		TEST(witness_client_asks_from_size_0),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
