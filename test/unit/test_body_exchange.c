/* test_body_exchange.c - who gets a body, and what the asking side takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/scoped.h"
#include "peer/body_exchange.h"

#define NOW 1795489445
#define ID "urn:uuid:00112233-4455-4677-8899-aabbccddeeff"
#define DID "did:web:longquanyi.huren.example"
#define KEYID DID "#requests-1"
#define BODY "{\"id\":\"" ID "\",\"type\":\"x\"}"

struct fixture {
	struct arena arena;
	struct key key;
	enum disclosure disclosure;
	const char *body, *jws;
	bool missing;
	bool entitled;
	char asked_by[256];
	uint8_t next_nonce;
	struct body_door door;
	struct str answer;
	struct err err;
};

static enum err_code find(void *context, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret, struct err *e)
{
	struct fixture *f = context;
	assert_true(str_is(statement_id_text(a, id_key), ID));
	if (f->missing)
		return err_set(e, ERR_NOT_FOUND, "no such statement");
	*ret = (struct ledger_found){ .receipt = { .disclosure = f->disclosure },
		.body = str_of(f->body), .jws = str_of(f->jws) };
	return ERR_OK;
}

static enum err_code disclose(void *context, struct arena *a, struct str peer_did,
	const uint8_t id_key[16], struct ledger_found *ret, struct err *e)
{
	struct fixture *f = context;
	memcpy(f->asked_by, peer_did.at, peer_did.len);
	f->asked_by[peer_did.len] = '\0';
	if (!f->entitled)
		return err_set(e, ERR_DENIED, "no agreement names you");
	return find(context, a, id_key, ret, e);
}

static enum err_code find_key(void *context, struct str keyid, struct key_public *ret,
	struct err *e)
{
	struct fixture *f = context;
	if (!str_is(keyid, KEYID))
		return err_set(e, ERR_DENIED, "no key of a peer");
	*ret = f->key.pub;
	return ERR_OK;
}

static int set_up(void **state)
{
	static struct fixture f;
	const uint8_t seed[32] = { 5 };
	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 24);
	key_library_init();
	if (key_from_secret(KEY_ED25519, seed, &f.key, NULL) != ERR_OK)
		return 1;
	f.body = BODY;
	f.jws = "";
	f.disclosure = DISCLOSURE_CONDITIONAL;
	f.entitled = true;
	f.door = (struct body_door){ .find = find, .disclose = disclose, .find_key = find_key,
		.context = &f };
	nonce_guard_open(&f.door.nonces, NOW - 1000);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	nonce_guard_close(f->door.nonces);
	arena_clear(&f->arena);
	return 0;
}

static struct http_request request(const char *body)
{
	return (struct http_request){ .method = STR("POST"), .authority = STR("127.0.0.1:8400"),
		.path = STR("/peer/v1/body"), .body = str_of(body), .header_count = 1,
		.headers = { { STR("content-type"), STR("application/json") } } };
}

static struct http_request signed_request(struct fixture *f, const char *body, const char *keyid)
{
	struct http_request r = request(body);
	const uint8_t nonce[16] = { ++f->next_nonce };
	assert_int_equal(http_signature_sign(&f->arena, &r, str_of(keyid), &f->key, NOW, nonce,
		&r.headers[1], NULL), ERR_OK);
	r.header_count = 4;
	return r;
}

static enum err_code ask(struct fixture *f, const struct http_request *r)
{
	return body_exchange_answer(&f->door, &f->arena, r, NOW, &f->answer, &f->err);
}

#define REQUEST "{\"id\":\"" ID "\"}"

static void body_exchange_gives_open_bodies_to_anyone(void **state)
{
	struct fixture *f = *state;
	struct http_request r = request(REQUEST);
	f->disclosure = DISCLOSURE_OPEN;
	assert_int_equal(ask(f, &r), ERR_OK);
	assert_true(str_is(f->answer, "{\"statement\":" BODY "}"));
	assert_string_equal(f->asked_by, "");
}

static void body_exchange_asks_for_a_signature_otherwise(void **state)
{
	struct fixture *f = *state;
	struct http_request r = request(REQUEST);
	assert_int_equal(ask(f, &r), ERR_DENIED);
	assert_string_equal(f->err.message,
		"statement \"" ID "\" is not open to everyone: sign the request");
	f->disclosure = DISCLOSURE_CLOSED;
	assert_int_equal(ask(f, &r), ERR_DENIED);
}

static void body_exchange_asks_the_services_for_a_peer(void **state)
{
	struct fixture *f = *state;
	struct http_request r = signed_request(f, REQUEST, KEYID);
	f->jws = "aaa.bbb.ccc";
	assert_int_equal(ask(f, &r), ERR_OK);
	assert_true(str_is(f->answer, "{\"jwt\":\"aaa.bbb.ccc\",\"statement\":" BODY "}"));
	assert_string_equal(f->asked_by, DID);
	r = signed_request(f, REQUEST, KEYID);
	f->entitled = false;
	assert_int_equal(ask(f, &r), ERR_DENIED);
	assert_string_equal(f->err.message, "no agreement names you");
}

static void body_exchange_takes_a_signed_request_once(void **state)
{
	struct fixture *f = *state;
	struct http_request r = signed_request(f, REQUEST, KEYID);
	assert_int_equal(ask(f, &r), ERR_OK);
	assert_int_equal(ask(f, &r), ERR_DENIED);
	assert_string_equal(f->err.message, "signed request was received before (nonce seen)");
}

static void body_exchange_checks_signatures_before_anything_else(void **state)
{
	struct fixture *f = *state;
	struct http_request r = signed_request(f, REQUEST, KEYID);
	f->disclosure = DISCLOSURE_OPEN;
	r.body = STR("{\"id\":\"urn:uuid:00112233-4455-4677-8899-aabbccddee00\"}");
	assert_int_equal(ask(f, &r), ERR_DENIED);
	assert_string_equal(f->err.message, "content digest does not match the body received");
	r = signed_request(f, REQUEST, "did:web:elsewhere.example#requests-1");
	assert_int_equal(ask(f, &r), ERR_DENIED);
	assert_string_equal(f->err.message, "no key of a peer");
	r = signed_request(f, REQUEST, KEYID);
	const uint8_t other[32] = { 6 };
	assert_int_equal(key_from_secret(KEY_ED25519, other, &f->key, NULL), ERR_OK);
	assert_int_equal(ask(f, &r), ERR_DENIED);
	assert_string_equal(f->asked_by, "");
	/* A request with half of its signature headers does not pass as unsigned. */
	r = request(REQUEST);
	r.headers[r.header_count++] = (struct http_header){ STR("signature"), STR("sig1=:AAAA:") };
	assert_int_equal(ask(f, &r), ERR_INVALID);
}

static void body_exchange_tells_what_is_not_here(void **state)
{
	struct fixture *f = *state;
	struct http_request r = request(REQUEST);
	f->missing = true;
	assert_int_equal(ask(f, &r), ERR_NOT_FOUND);
	f->missing = false;
	f->disclosure = DISCLOSURE_OPEN;
	f->body = "";
	assert_int_equal(ask(f, &r), ERR_NOT_FOUND);
	assert_string_equal(f->err.message, "body of statement \"" ID "\" is not here");
}

static void body_exchange_refuses_malformed_requests(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"id\":1}", "{\"id\":\"x\"}",
		"{\"id\":\"" ID "\",\"id\":\"" ID "\"}", "{\"id\":\"" ID "\",\"x\":1}",
		"{\"id\":\"urn:uuid:00112233-4455-4677-8899-AABBCCDDEEFF\"}", REQUEST "x" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_request r = request(bad[i]);
		assert_int_equal(ask(f, &r), ERR_INVALID);
	}
}

static void body_exchange_reads_what_it_answers(void **state)
{
	struct fixture *f = *state;
	uint8_t id_key[16];
	struct str statement, jws;
	assert_int_equal(statement_id_parse(STR(ID), id_key, NULL), ERR_OK);
	assert_true(str_is(body_exchange_request(&f->arena, id_key), REQUEST));
	assert_int_equal(body_exchange_read(&f->arena,
		STR("{ \"statement\": {\"type\":\"x\", \"id\":\"" ID "\"}, \"jwt\":\"a.b.c\"}"),
		&statement, &jws, &f->err), ERR_OK);
	assert_true(str_is(statement, BODY));
	assert_true(str_is(jws, "a.b.c"));
	assert_int_equal(body_exchange_read(&f->arena, STR("{\"statement\":{}}"), &statement, &jws,
		&f->err), ERR_OK);
	assert_int_equal(jws.len, 0);
}

static void body_exchange_refuses_malformed_answers(void **state)
{
	static const char *const bad[] = { "", "{}", "{\"statement\":\"x\"}", "{\"jwt\":\"a.b.c\"}",
		"{\"jwt\":1,\"statement\":{}}", "{\"statement\":{},\"x\":1}",
		"{\"statement\":{},\"statement\":{}}", "{\"statement\":{}" };
	struct fixture *f = *state;
	struct str statement, jws;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(body_exchange_read(&f->arena, str_of(bad[i]), &statement, &jws,
			&f->err), ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(body_exchange_gives_open_bodies_to_anyone),
		TEST(body_exchange_asks_for_a_signature_otherwise),
		TEST(body_exchange_asks_the_services_for_a_peer),
		TEST(body_exchange_takes_a_signed_request_once),
		TEST(body_exchange_checks_signatures_before_anything_else),
		TEST(body_exchange_tells_what_is_not_here),
		TEST(body_exchange_refuses_malformed_requests),
		TEST(body_exchange_reads_what_it_answers),
		TEST(body_exchange_refuses_malformed_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
