/* client.c - see client.h. */
#include "cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/statement.h"
#include "peer/http_client.h"
#include "store/blobs.h"
#include "web/http_text.h"

#define ANSWER_BYTES_MAX ((size_t)64 << 20)
#define ANSWER_TIMEOUT_MS 30000
#define FETCH_POLL_MS 200
#define FILE_TIMEOUT_MS 3600000 /* 64 GB over a line of 20 MB/s */

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
	const char *dir;
	return client_open_at(args, a, ret, &dir, e);
}

enum err_code client_open_at(struct args *args, struct arena *a, struct client *ret,
	const char **ret_dir, struct err *e)
{
	const char *dir = *ret_dir = args_value(args, "--dir");
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
	if (x->timeout_ms == 0)
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
	if (code == ERR_OK && x->status != 200 && x->status != 201 && x->status != 202 &&
		x->status != 206) {
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

/* ---- files ----------------------------------------------------------------------------------- */

enum err_code client_post_file(const struct client *c, struct arena *a, const char *path,
	const char *file, struct json **ret, struct err *e)
{
	struct http_exchange x = { .url = arena_printf(a, STR_FMT "%s", STR_ARG(c->url), path),
		.post = true, .timeout_ms = FILE_TIMEOUT_MS };
	SCOPED_FD fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct str text;
	if (!x.url)
		return err_set(e, ERR_TOO_LARGE, "address too long");
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			"could not open file \"%s\": %s", file, err_errno());
	size_t len = (size_t)st.st_size;
	void *at = len > 0 ? mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (at == MAP_FAILED)
		return err_set(e, ERR_IO, "could not map file \"%s\": %s", file, err_errno());
	x.body = (struct str){ at, len };
	add_header(&x, "content-type", STR("application/octet-stream"));
	enum err_code code = run(c, a, &x, &text, e);
	if (at)
		(void)munmap(at, len); /* it was only read */
	return code == ERR_OK ? json_parse(a, text, ret, e) : code;
}

struct download {
	const char *part;
	int fd;
	uint64_t have;
	bool begun;
};

static enum err_code take_piece(void *context, int status, struct str bytes, struct err *e)
{
	struct download *d = context;
	if (!d->begun && status == 200 && d->have > 0 && ftruncate(d->fd, 0) != 0)
		return err_set(e, ERR_IO, "could not empty file \"%s\": %s", d->part, err_errno());
	d->begun = true;
	return io_append(d->fd, d->part, bytes, e);
}

static enum err_code download(const struct client *c, struct arena *a, const char *path,
	struct download *d, struct err *e)
{
	struct http_exchange x = { .url = arena_printf(a, STR_FMT "%s", STR_ARG(c->url), path),
		.sink = take_piece, .sink_context = d, .timeout_ms = ANSWER_TIMEOUT_MS };
	struct str none;
	if (!x.url)
		return err_set(e, ERR_TOO_LARGE, "address too long");
	if (d->have > 0)
		add_header(&x, "range", str_printf(a, "bytes=%llu-", (unsigned long long)d->have));
	enum err_code code = run(c, a, &x, &none, e);
	/* 416: the part is whole already. */
	return x.status == 416 && d->have > 0 ? ERR_OK : code;
}

enum err_code client_get_file(const struct client *c, struct arena *a, const char *path,
	const char *out, const struct digest *d, struct err *e)
{
	struct download x = { .part = arena_printf(a, "%s.part", out) };
	struct digest found;
	uint64_t bytes;
	if (!x.part)
		return err_set(e, ERR_TOO_LARGE, "path too long");
	SCOPED_FD fd = -1;
	TRY(io_append_open(x.part, &fd, &x.have, e));
	x.fd = fd;
	TRY(download(c, a, path, &x, e));
	TRY(blob_digest_file(x.part, &found, &bytes, e));
	if (!digest_eq(&found, d)) {
		(void)unlink(x.part); /* only cleaning up */
		return err_set(e, ERR_DENIED, "the file that came has another digest");
	}
	return io_place(fd, x.part, out, e);
}

/* By the ending, for who looks at a list; nothing is decided by it. */
const char *client_media_type(const char *path)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{ ".mf4", "application/vnd.asam.mdf4" }, { ".MF4", "application/vnd.asam.mdf4" },
		{ ".csv", "text/csv" }, { ".osi", "application/vnd.asam.osi" },
		{ ".mcap", "application/vnd.mcap" }, { ".dbc", "application/vnd.dbc" },
		{ ".json", "application/json" }, { ".vbo", "text/plain" },
	};
	struct str name = str_of(path);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (str_ends(name, types[i].ending))
			return types[i].type;
	}
	return "application/octet-stream";
}

static bool any_waits(const struct json *answer)
{
	const struct json *files = json_get(answer, "files");
	for (size_t i = 0; i < json_count(files); i++) {
		if (str_is(json_get_str(json_at(files, i), "state"), "waiting"))
			return true;
	}
	return false;
}

enum err_code client_fetch_evidence(const struct client *c, struct arena *a, const char *uuid,
	unsigned wait_s, struct json **ret, struct err *e)
{
	struct json *request = json_set_str(a, json_new_object(a), "report",
		str_printf(a, "urn:uuid:%s", uuid));
	struct timespec pause = { .tv_nsec = FETCH_POLL_MS * 1000000L };
	const char *path = arena_printf(a, "/api/v1/reports/%s/evidence", uuid);
	struct json *answer;
	TRY(client_post_json(c, a, "/api/v1/evidence-fetches", request, &answer, e));
	for (unsigned i = 0; i < wait_s * (1000 / FETCH_POLL_MS) && any_waits(answer); i++) {
		(void)nanosleep(&pause, NULL);
		TRY(client_get_json(c, a, path, &answer, e));
	}
	*ret = answer;
	return ERR_OK;
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

/* Among the rows found by these words, the report of exactly this number. */
static enum err_code find_number(const struct json *rows, struct arena *a, struct str number,
	const char **ret, struct err *e)
{
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		if (str_eq(json_get_str(json_get(row, "facts"), "number"), number))
			return client_uuid(a, str_z(a, json_get_str(row, "id")), ret, e);
	}
	return err_set(e, ERR_NOT_FOUND, "no report of number \"" STR_FMT "\" is known here",
		STR_ARG(number));
}

/* An id, or a report number: then the id is looked up. */
enum err_code client_find_uuid(const struct client *c, struct arena *a, const char *word,
	const char **ret, struct err *e)
{
	SCOPED_BUF path = { 0 };
	struct json *v;
	if (client_uuid(a, word, ret, NULL) == ERR_OK)
		return ERR_OK;
	buf_init(&path, 4096);
	buf_put_text(&path, "/reports.json?q=");
	percent_put(&path, str_of(word));
	TRY(buf_check(&path, "address", e));
	TRY(client_get_json(c, a, str_z(a, buf_str(&path)), &v, e));
	return find_number(json_get(v, "rows"), a, str_of(word), ret, e);
}
