/* http_client.c - see http_client.h. One curl multi handle with a small pool of easy handles: the
 * pool keeps connections open, the multi handle can be woken from another thread. */
#include "peer/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/json.h"
#include "base/scoped.h"

#define CONNECT_TIMEOUT_MS 3000L
#define POLL_MS 1000
#define PROBLEM_ARENA_BYTES 65536
#define HOST_CHARS_MAX 255

struct slot {
	CURL *easy;
	struct curl_slist *headers;
	struct http_exchange *exchange;    /* NULL when free */
	char error[CURL_ERROR_SIZE];
};

struct http_client {
	CURLM *multi;
	atomic_bool interrupted;
	struct slot slots[HTTP_CLIENT_PARALLEL];
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
	CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

enum err_code http_client_open(struct http_client **ret, struct err *e)
{
	(void)pthread_once(&library_once, library_init);
	struct http_client *c = handle_new(sizeof(*c));
	atomic_init(&c->interrupted, false);
	c->multi = curl_multi_init();
	bool whole = c->multi != NULL;
	for (size_t i = 0; i < HTTP_CLIENT_PARALLEL; i++) {
		c->slots[i].easy = curl_easy_init();
		whole = whole && c->slots[i].easy;
	}
	if (!whole) {
		http_client_close(c);
		return err_set(e, ERR_IO, "could not set up the HTTP client");
	}
	*ret = c;
	return ERR_OK;
}

void http_client_close(struct http_client *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < HTTP_CLIENT_PARALLEL; i++) {
		curl_easy_cleanup(c->slots[i].easy);
		curl_slist_free_all(c->slots[i].headers);
	}
	if (c->multi)
		(void)curl_multi_cleanup(c->multi); /* nothing is left to do for it */
	handle_drop(c);
}

void http_client_interrupt(struct http_client *c)
{
	atomic_store(&c->interrupted, true);
	(void)curl_multi_wakeup(c->multi); /* if it fails, the poll ends by itself within POLL_MS */
}

bool http_client_interrupted(const struct http_client *c)
{
	return atomic_load(&c->interrupted);
}

/* ---- one exchange ---------------------------------------------------------------------------- */

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct slot *s = context;
	struct http_exchange *x = s->exchange;
	size_t len = size * count;
	long status = 0;
	if (x->sink && curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
		(status == 200 || status == 206)) {
		struct str piece = { bytes, len };
		return x->sink(x->sink_context, (int)status, piece, &x->err) == ERR_OK ? len : 0;
	}
	buf_put(&x->answer, bytes, len);
	return x->answer.overflow ? 0 : len;
}

/* Runs now and then even while nothing arrives; non-zero ends the transfer. */
static int take_progress(void *context, curl_off_t total_in, curl_off_t in, curl_off_t total_out,
	curl_off_t out)
{
	const struct http_client *c = context;
	(void)total_in;
	(void)in;
	(void)total_out;
	(void)out;
	return atomic_load(&c->interrupted) ? 1 : 0;
}

static bool host_is_loopback(struct str authority)
{
	return str_starts(authority, "127.") || str_starts(authority, "[::1]") ||
		str_eq(authority, STR("localhost")) || str_starts(authority, "localhost:");
}

static bool add_header(struct slot *s, struct http_header h)
{
	SCOPED_BUF line = { 0 };
	buf_init(&line, 8192);
	buf_put_str(&line, h.name);
	buf_put_text(&line, ": ");
	buf_put_str(&line, h.value);
	buf_put_char(&line, '\0');
	if (line.overflow)
		return false;
	struct curl_slist *longer = curl_slist_append(s->headers, line.at);
	if (!longer)
		return false;
	s->headers = longer;
	return true;
}

static enum err_code slot_prepare(struct http_client *c, struct slot *s, struct http_exchange *x)
{
	SCOPED_ARENA a = { 0 };
	arena_init(&a, PROBLEM_ARENA_BYTES);
	struct str authority = { 0 }, path;
	TRY(http_url_parse(&a, str_of(x->url), &authority, &path, &x->err));
	curl_easy_reset(s->easy);
	curl_slist_free_all(s->headers);
	s->headers = NULL;
	s->error[0] = '\0';
	bool good = add_header(s, (struct http_header){ STR("Expect"), STR("") });
	for (size_t i = 0; i < x->header_count; i++)
		good = good && add_header(s, x->headers[i]);
	if (!good)
		return err_set(&x->err, ERR_TOO_LARGE, "headers of the request to \"%s\" are too "
			"long", x->url);
	CURL *h = s->easy;
	CURLcode r = curl_easy_setopt(h, CURLOPT_URL, x->url);
	r |= curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	r |= curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	r |= curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	r |= curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
	r |= curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	r |= curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);
	r |= curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	if (x->sink) {
		r |= curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
		r |= curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)x->timeout_ms / 1000);
	} else {
		r |= curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)x->timeout_ms);
	}
	r |= curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE,
		x->sink ? (curl_off_t)0 : (curl_off_t)x->answer_bytes_max);
	r |= curl_easy_setopt(h, CURLOPT_ERRORBUFFER, s->error);
	r |= curl_easy_setopt(h, CURLOPT_HTTPHEADER, s->headers);
	r |= curl_easy_setopt(h, CURLOPT_USERAGENT, "huren");
	r |= curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_answer);
	r |= curl_easy_setopt(h, CURLOPT_WRITEDATA, s);
	r |= curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, take_progress);
	r |= curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
	r |= curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	r |= curl_easy_setopt(h, CURLOPT_PRIVATE, s);
	if (host_is_loopback(authority))
		r |= curl_easy_setopt(h, CURLOPT_PROXY, "");
	if (x->gzip)
		r |= curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (x->post) {
		r |= curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.len);
		r |= curl_easy_setopt(h, CURLOPT_POSTFIELDS, x->body.len > 0 ? x->body.at : "");
	}
	if (r != CURLE_OK)
		return err_set(&x->err, ERR_INTERNAL, "could not prepare the request to \"%s\"",
			x->url);
	return ERR_OK;
}

static bool slot_start(struct http_client *c, struct slot *s, struct http_exchange *x)
{
	CHECK(x->answer_bytes_max > 0);
	CHECK(x->header_count <= HTTP_EXCHANGE_HEADERS_MAX);
	x->err.code = ERR_OK;
	x->status = 0;
	x->content_type[0] = '\0';
	buf_clear(&x->answer);
	buf_init(&x->answer, x->answer_bytes_max);
	if (slot_prepare(c, s, x) != ERR_OK)
		return false;
	if (curl_multi_add_handle(c->multi, s->easy) != CURLM_OK) {
		(void)err_set(&x->err, ERR_INTERNAL, "could not start the request to \"%s\"",
			x->url);
		return false;
	}
	s->exchange = x;
	return true;
}

static void keep_content_type(struct slot *s, struct http_exchange *x)
{
	char *type = NULL;
	if (curl_easy_getinfo(s->easy, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
		return;
	struct str rest = str_of(type);
	struct str essence = str_trim(str_cut(&rest, ';'));
	if (essence.len >= sizeof(x->content_type))
		return;
	for (size_t i = 0; i < essence.len; i++) {
		char c = essence.at[i];
		x->content_type[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	x->content_type[essence.len] = '\0';
}

static void slot_finish(struct http_client *c, struct slot *s, CURLcode result)
{
	struct http_exchange *x = s->exchange;
	s->exchange = NULL;
	(void)curl_multi_remove_handle(c->multi, s->easy); /* it was added, so this cannot fail */
	if (result == CURLE_OK) {
		long status = 0;
		/* stays 0 when unknown */
		(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
		x->status = (int)status;
		keep_content_type(s, x);
		return;
	}
	if (x->err.code != ERR_OK)
		return; /* what took the pieces said why */
	if (x->answer.overflow || result == CURLE_FILESIZE_EXCEEDED)
		(void)err_set(&x->err, ERR_TOO_LARGE, "answer of \"%s\" is over %zu bytes", x->url,
			x->answer_bytes_max);
	else
		(void)err_set(&x->err, ERR_BUSY, "could not reach \"%s\": %s", x->url,
			s->error[0] ? s->error : curl_easy_strerror(result));
}

/* ---- running --------------------------------------------------------------------------------- */

static void finish_ready(struct http_client *c, size_t *active)
{
	int left;
	CURLMsg *message;
	while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode result = message->data.result;
		for (size_t i = 0; i < HTTP_CLIENT_PARALLEL; i++) {
			if (c->slots[i].exchange && c->slots[i].easy == message->easy_handle) {
				slot_finish(c, &c->slots[i], result);
				(*active)--;
				break;
			}
		}
	}
}

static void abandon_all(struct http_client *c, struct http_exchange *exchanges, size_t from,
	size_t count, const char *why)
{
	for (size_t i = 0; i < HTTP_CLIENT_PARALLEL; i++) {
		struct slot *s = &c->slots[i];
		if (!s->exchange)
			continue;
		struct http_exchange *x = s->exchange;
		slot_finish(c, s, CURLE_ABORTED_BY_CALLBACK);
		(void)err_set(&x->err, ERR_BUSY, "request to \"%s\" %s", x->url, why);
	}
	for (size_t i = from; i < count; i++)
		(void)err_set(&exchanges[i].err, ERR_BUSY, "request to \"%s\" %s", exchanges[i].url,
			why);
}

void http_client_run(struct http_client *c, struct http_exchange *exchanges, size_t count)
{
	size_t next = 0, active = 0;
	while (next < count || active > 0) {
		for (size_t i = 0; i < HTTP_CLIENT_PARALLEL && next < count; i++) {
			if (c->slots[i].exchange)
				continue;
			if (slot_start(c, &c->slots[i], &exchanges[next++]))
				active++;
		}
		if (atomic_load(&c->interrupted)) {
			abandon_all(c, exchanges, next, count, "was interrupted");
			return;
		}
		int running = 0;
		CURLMcode code = curl_multi_perform(c->multi, &running);
		finish_ready(c, &active);
		if (code == CURLM_OK && active > 0 && running > 0)
			code = curl_multi_poll(c->multi, NULL, 0, POLL_MS, NULL);
		if (code != CURLM_OK) {
			abandon_all(c, exchanges, next, count, curl_multi_strerror(code));
			return;
		}
	}
}

void http_exchange_clear(struct http_exchange *x)
{
	buf_clear(&x->answer);
}

/* ---- reading the answer ---------------------------------------------------------------------- */

static enum err_code code_of_status(int status)
{
	switch (status) {
	case 400: return ERR_INVALID;
	case 401: return ERR_DENIED;
	case 403: return ERR_DENIED;
	case 404: return ERR_NOT_FOUND;
	case 409: return ERR_CONFLICT;
	case 413: return ERR_TOO_LARGE;
	case 422: return ERR_UNPROVEN;
	case 429: return ERR_BUSY;
	default: return status >= 500 ? ERR_BUSY : ERR_UNSUPPORTED;
	}
}

enum err_code http_exchange_check(const struct http_exchange *x, struct err *e)
{
	if (x->err.code != ERR_OK) {
		if (e)
			*e = x->err;
		return x->err.code;
	}
	if (x->status == 200)
		return ERR_OK;
	enum err_code code = code_of_status(x->status);
	if (strcmp(x->content_type, "application/problem+json") == 0) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, PROBLEM_ARENA_BYTES);
		struct json *problem = NULL;
		if (json_parse(&a, buf_str(&x->answer), &problem, NULL) == ERR_OK) {
			struct str detail = json_get_str(problem, "detail");
			if (detail.at)
				return err_set(e, code, "\"%s\" answered %d: %s", x->url, x->status,
					str_quote(&a, detail));
		}
	}
	return err_set(e, code, "\"%s\" answered %d", x->url, x->status);
}

static bool cut_scheme(struct str *url, const char *scheme)
{
	size_t len = strlen(scheme);
	if (url->len < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = url->at[i];
		if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != scheme[i])
			return false;
	}
	*url = str_skip(*url, len);
	return true;
}

enum err_code http_url_parse(struct arena *a, struct str url, struct str *ret_authority,
	struct str *ret_path, struct err *e)
{
	struct str rest = url;
	const char *default_port;
	if (cut_scheme(&rest, "http://"))
		default_port = ":80";
	else if (cut_scheme(&rest, "https://"))
		default_port = ":443";
	else
		return err_set(e, ERR_INVALID, "URL \"%s\" does not begin with http:// or https://",
			str_quote(a, url));
	size_t end = 0;
	while (end < rest.len && rest.at[end] != '/' && rest.at[end] != '?' &&
		rest.at[end] != '#') {
		char c = rest.at[end++];
		if (c == '@' || c <= 0x20 || c == 0x7f || c == '\\')
			return err_set(e, ERR_INVALID, "URL \"%s\" has a malformed host",
				str_quote(a, url));
	}
	struct str authority = { .at = rest.at, .len = end };
	struct str path = str_skip(rest, end);
	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] == '?' || path.at[i] == '#')
			path.len = i;
	}
	if (str_ends(authority, default_port))
		authority.len -= strlen(default_port);
	if (authority.len == 0 || authority.len > HOST_CHARS_MAX || authority.at[0] == ':')
		return err_set(e, ERR_INVALID, "URL \"%s\" has no host", str_quote(a, url));
	char *lower = str_z(a, authority);
	struct str path_copy = path.len > 0 ? str_copy(a, path) : STR("/");
	if (!lower || !path_copy.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a URL");
	for (size_t i = 0; i < authority.len; i++) {
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] - 'A' + 'a');
	}
	*ret_authority = (struct str){ .at = lower, .len = authority.len };
	*ret_path = path_copy;
	return ERR_OK;
}
