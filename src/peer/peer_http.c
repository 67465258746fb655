/* peer_http.c - see peer_http.h. */
#include "peer/peer_http.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"

#define CHECKPOINT_TIMEOUT_MS 5000
#define TILES_TIMEOUT_MS 30000     /* a full bundle of 500 kB over a slow line */
#define WITNESS_TIMEOUT_MS 5000
#define POST_TIMEOUT_MS 15000
#define TILES_AT_ONCE_MAX 128
#define URL_BYTES_MAX 1024
#define BUNDLE_BYTES_MAX ((size_t)TILE_WIDTH * (2 + LIMIT_RECEIPT_BYTES))
#define PROBLEM_BYTES_MAX 65536

struct str peer_http_prefix(struct arena *a, struct str url, const char *path)
{
	while (str_ends(url, "/"))
		url.len--;
	return str_printf(a, STR_FMT "%s", STR_ARG(url), path);
}

static enum err_code take_answer(struct arena *a, const struct http_exchange *x, struct str *ret,
	struct err *e)
{
	struct str copy = str_copy(a, buf_str(&x->answer));
	if (!copy.at)
		return err_set(e, ERR_TOO_LARGE, "no room for the answer of \"%s\"", x->url);
	*ret = copy;
	return ERR_OK;
}

/* Runs one exchange whose answer must be a 200. */
static enum err_code run_one(struct http_client *c, struct arena *a, struct http_exchange *x,
	struct str *ret, struct err *e)
{
	http_client_run(c, x, 1);
	enum err_code code = http_exchange_check(x, e);
	if (code == ERR_OK)
		code = take_answer(a, x, ret, e);
	return code;
}

/* ---- a log ----------------------------------------------------------------------------------- */

static enum err_code get_note(struct http_client *c, struct arena *a, const char *url,
	uint32_t timeout_ms, struct str *ret_note, struct err *e)
{
	struct http_exchange x = { .url = url, .answer_bytes_max = LIMIT_NOTE_BYTES,
		.timeout_ms = timeout_ms };
	enum err_code code = run_one(c, a, &x, ret_note, e);
	http_exchange_clear(&x);
	return code;
}

static enum err_code get_checkpoint(void *context, struct arena *a, struct str *ret_note,
	struct err *e)
{
	struct log_link *l = context;
	const char *url = arena_printf(a, STR_FMT "/checkpoint", STR_ARG(l->prefix));
	if (!url)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	return get_note(l->client, a, url, CHECKPOINT_TIMEOUT_MS, ret_note, e);
}

static enum err_code prepare_tiles(struct log_link *l, struct arena *a, const struct tile_id *ids,
	size_t count, struct http_exchange *exchanges, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		char path[TILE_PATH_BYTES];
		tile_path(&ids[i], path);
		exchanges[i] = (struct http_exchange){
			.url = arena_printf(a, STR_FMT "/%s", STR_ARG(l->prefix), path),
			.answer_bytes_max = ids[i].entries ? BUNDLE_BYTES_MAX :
			TILE_WIDTH * DIGEST_BYTES, .timeout_ms = TILES_TIMEOUT_MS,
			.gzip = ids[i].entries, /* hashes do not compress */
		};
		if (!exchanges[i].url)
			return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	}
	return ERR_OK;
}

static enum err_code take_tiles(struct arena *a, const struct http_exchange *exchanges,
	size_t count, struct str *ret, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		const struct http_exchange *x = &exchanges[i];
		if (x->err.code == ERR_OK && x->status == 404) {
			ret[i] = (struct str){ 0 };
			continue;
		}
		TRY(http_exchange_check(x, e));
		TRY(take_answer(a, x, &ret[i], e));
	}
	return ERR_OK;
}

static enum err_code get_tiles(void *context, struct arena *a, const struct tile_id *ids,
	size_t count, struct str *ret, struct err *e)
{
	struct log_link *l = context;
	struct http_exchange exchanges[TILES_AT_ONCE_MAX];
	CHECK(count <= TILES_AT_ONCE_MAX);
	TRY(prepare_tiles(l, a, ids, count, exchanges, e));
	http_client_run(l->client, exchanges, count);
	enum err_code code = take_tiles(a, exchanges, count, ret, e);
	for (size_t i = 0; i < count; i++)
		http_exchange_clear(&exchanges[i]);
	return code;
}

struct mirror_source log_link_source(struct log_link *l)
{
	return (struct mirror_source){ .checkpoint = get_checkpoint, .tiles = get_tiles,
		.context = l };
}

/* ---- a witness ------------------------------------------------------------------------------- */

static enum err_code post_checkpoint(void *context, struct arena *a, struct str body,
	struct witness_reply *ret, struct err *e)
{
	struct witness_address *w = context;
	struct http_exchange x = { .post = true, .body = body,
		.answer_bytes_max = PROBLEM_BYTES_MAX, .url = arena_printf(a, STR_FMT
		"/add-checkpoint", STR_ARG(w->prefix)), .timeout_ms = WITNESS_TIMEOUT_MS,
		.header_count = 1, .headers = { { STR("content-type"),
		STR("text/plain; charset=utf-8") } } };
	if (!x.url)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	struct witness_reply reply = { 0 };
	http_client_run(w->client, &x, 1);
	enum err_code code = x.err.code;
	if (code != ERR_OK && e)
		*e = x.err;
	if (code == ERR_OK)
		code = take_answer(a, &x, &reply.body, e);
	reply.status = x.status;
	reply.content_type = str_copy(a, str_of(x.content_type));
	if (code == ERR_OK && !reply.content_type.at)
		code = err_set(e, ERR_TOO_LARGE, "no room for the answer of \"%s\"", x.url);
	http_exchange_clear(&x);
	if (code == ERR_OK)
		*ret = reply;
	return code;
}

static enum err_code get_kept(void *context, struct arena *a, struct str *ret_note, struct err *e)
{
	struct witness_address *w = context;
	struct digest d = digest_sha256(w->origin);
	char hex[2 * DIGEST_BYTES + 1];
	hex_encode(d.at, DIGEST_BYTES, hex);
	const char *url = arena_printf(a, STR_FMT "/%s/checkpoint", STR_ARG(w->prefix), hex);
	if (!url)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	return get_note(w->client, a, url, WITNESS_TIMEOUT_MS, ret_note, e);
}

struct witness_link witness_address_link(struct witness_address *w)
{
	return (struct witness_link){ .post = post_checkpoint, .kept = get_kept, .context = w };
}

/* ---- signed requests ------------------------------------------------------------------------- */

static enum err_code sign(const struct peer_post *p, struct arena *a, int64_t now,
	struct http_exchange *x, struct err *e)
{
	struct http_request r = { .method = STR("POST"), .body = p->body, .header_count = 1,
		.headers = { x->headers[0] } };
	TRY(http_url_parse(a, str_of(x->url), &r.authority, &r.path, e));
	uint8_t nonce[16];
	key_random(nonce, sizeof(nonce));
	TRY(http_signature_sign(a, &r, p->keyid, p->key, now, nonce, &x->headers[1], e));
	x->header_count = 4;
	return ERR_OK;
}

enum err_code peer_http_post(const struct peer_post *p, struct arena *a, int64_t now,
	struct str *ret_answer, struct err *e)
{
	struct http_exchange x = { .post = true, .body = p->body,
		.answer_bytes_max = LIMIT_REQUEST_BYTES, .timeout_ms = POST_TIMEOUT_MS,
		.gzip = true, .url = arena_printf(a, STR_FMT "%s", STR_ARG(p->prefix), p->path),
		.header_count = 1, .headers = { { STR("content-type"),
		STR("application/json") } } };
	if (!x.url)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	if (p->key)
		TRY(sign(p, a, now, &x, e));
	struct str answer = { 0 };
	enum err_code code = run_one(p->client, a, &x, &answer, e);
	if (code == ERR_OK && strcmp(x.content_type, "application/json") != 0)
		code = err_set(e, ERR_UNSUPPORTED, "\"%s\" did not answer JSON", x.url);
	http_exchange_clear(&x);
	if (code == ERR_OK)
		*ret_answer = answer;
	return code;
}
