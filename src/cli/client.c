/* client.c - see client.h. */
#include "cli/client.h"

#include <string.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/statement.h"
#include "peer/http_client.h"

#define ANSWER_BYTES_MAX ((size_t)64 << 20)
#define ANSWER_TIMEOUT_MS 30000

static enum err_code read_line(struct arena *a, const char *path, struct str *ret, struct err *e)
{
	struct str text;
	TRY(io_read_file(a, path, 4096, &text, e));
	*ret = str_trim(str_cut(&text, '\n'));
	return ERR_OK;
}

static enum err_code open_folder(const char *dir, struct arena *a, struct client *ret,
	struct err *e)
{
	struct str text;
	struct json *v;
	const char *config = arena_printf(a, "%s/node.json", dir);
	const char *token = arena_printf(a, "%s/token", dir);
	if (!config || !token)
		return err_set(e, ERR_TOO_LARGE, "path too long");
	TRY(io_read_file(a, config, (size_t)1 << 20, &text, e));
	TRY(json_parse(a, text, &v, e));
	TRY(json_need_str(v, "url", &ret->url, e));
	return read_line(a, token, &ret->token, e);
}

enum err_code client_open(struct args *args, struct arena *a, struct client *ret, struct err *e)
{
	const char *dir = args_value(args, "--dir");
	const char *node = args_value(args, "--node");
	const char *token = args_value(args, "--token-file");
	*ret = (struct client){ .token = STR("") };
	if (dir)
		return open_folder(dir, a, ret, e);
	if (!node) {
		args->wrong_use = true;
		(void)err_set(e, ERR_INVALID, "which node: option --dir or --node is missing");
		return err_hint(e, "Give --dir D for a node on this machine, or --node URL "
			"[--token-file F].");
	}
	ret->url = str_of(node);
	while (ret->url.len > 0 && ret->url.at[ret->url.len - 1] == '/')
		ret->url.len--;
	return token ? read_line(a, token, &ret->token, e) : ERR_OK;
}

static void add_header(struct http_exchange *x, const char *name, struct str value)
{
	x->headers[x->header_count++] = (struct http_header){ .name = str_of(name),
		.value = value };
}

/* The node's own words, which name what and where. */
static enum err_code refusal(const struct http_exchange *x, struct arena *a, struct err *e)
{
	enum err_code code = http_exchange_check(x, e);
	struct json *problem;
	if (json_parse(a, str_copy(a, buf_str(&x->answer)), &problem, NULL) != ERR_OK)
		return code;
	struct str detail = json_get_str(problem, "detail"), hint = json_get_str(problem, "hint");
	if (detail.len > 0)
		(void)err_set(e, code, "node answered %d: " STR_FMT, x->status, STR_ARG(detail));
	return hint.len > 0 ? err_hint(e, STR_FMT, STR_ARG(hint)) : code;
}

/* One exchange; a refusal of the node becomes an error with its detail and hint. */
static enum err_code run(const struct client *c, struct arena *a, struct http_exchange *x,
	struct str *ret, struct err *e)
{
	struct http_client *http;
	x->answer_bytes_max = ANSWER_BYTES_MAX;
	x->timeout_ms = ANSWER_TIMEOUT_MS;
	if (c->token.len > 0)
		add_header(x, "authorization", str_printf(a, "Bearer " STR_FMT, STR_ARG(c->token)));
	TRY(http_client_open(&http, e));
	http_client_run(http, x, 1);
	enum err_code code = x->err.code;
	if (code != ERR_OK && e)
		*e = x->err;
	if (code == ERR_BUSY)
		(void)err_hint(e, "Is the node running? Start it with \"huren serve\".");
	if (code == ERR_OK && x->status != 200 && x->status != 201 && x->status != 202) {
		code = refusal(x, a, e);
	}
	if (code == ERR_OK)
		*ret = str_copy(a, buf_str(&x->answer));
	http_exchange_clear(x);
	http_client_close(http);
	if (code == ERR_OK && !ret->at)
		return err_set(e, ERR_TOO_LARGE, "answer of the node is too large");
	return code;
}

enum err_code client_get(const struct client *c, struct arena *a, const char *path, struct str *ret,
	struct err *e)
{
	struct http_exchange x = { .url = arena_printf(a, STR_FMT "%s", STR_ARG(c->url), path) };
	return x.url ? run(c, a, &x, ret, e) : err_set(e, ERR_TOO_LARGE, "address too long");
}

enum err_code client_get_json(const struct client *c, struct arena *a, const char *path,
	struct json **ret, struct err *e)
{
	struct str text;
	TRY(client_get(c, a, path, &text, e));
	return json_parse(a, text, ret, e);
}

enum err_code client_post(const struct client *c, struct arena *a, const char *path,
	const char *content_type, struct str body, struct json **ret, struct err *e)
{
	struct str text;
	struct http_exchange x = { .url = arena_printf(a, STR_FMT "%s", STR_ARG(c->url), path),
		.post = true, .body = body };
	if (!x.url)
		return err_set(e, ERR_TOO_LARGE, "address too long");
	add_header(&x, "content-type", str_of(content_type));
	TRY(run(c, a, &x, &text, e));
	return json_parse(a, text, ret, e);
}

enum err_code client_post_json(const struct client *c, struct arena *a, const char *path,
	const struct json *request, struct json **ret, struct err *e)
{
	struct str body;
	TRY(json_jcs(a, request, &body, e));
	return client_post(c, a, path, "application/json", body, ret, e);
}

enum err_code client_uuid(struct arena *a, const char *id, const char **ret, struct err *e)
{
	uint8_t key[16];
	struct str text = str_of(id);
	if (!str_starts(text, "urn:uuid:"))
		text = str_printf(a, "urn:uuid:%s", id);
	TRY(statement_id_parse(text, key, e));
	*ret = str_z(a, str_skip(text, 9));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "id too long");
}
