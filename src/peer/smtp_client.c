/* smtp_client.c - see smtp_client.h. */
#include "peer/smtp_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/scoped.h"

#define CONNECT_TIMEOUT_MS 10000L
#define TIMEOUT_MS 60000L
#define SAID_BYTES 160

/* What was last said to the server: how far a refusal reaches depends on it. */
enum smtp_stage { STAGE_GREETING, STAGE_SENDER, STAGE_RECIPIENT, STAGE_TEXT };

struct smtp_client {
	CURL *easy;
	atomic_bool interrupted;
	struct arena arena;
	const char *url, *user, *password, *ca_file;
	bool plain;
	enum smtp_stage stage;
	bool leaving;                      /* what comes now answers a farewell */
	char said[SAID_BYTES];             /* the server's last line, printable */
	char error[CURL_ERROR_SIZE];
	struct str rest;                   /* of the text being sent */
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
	CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

enum err_code smtp_client_open(const struct smtp_server *server, struct smtp_client **ret,
	struct err *e)
{
	struct smtp_client *c = handle_new(sizeof(*c));

	(void)pthread_once(&library_once, library_init);
	atomic_init(&c->interrupted, false);
	arena_init(&c->arena, 65536);
	c->url = arena_printf(&c->arena, STR_FMT "/" STR_FMT, STR_ARG(server->url),
		STR_ARG(server->own_name));
	c->user = str_z(&c->arena, server->user);
	c->password = str_z(&c->arena, server->password);
	c->ca_file = str_z(&c->arena, server->ca_file);
	c->plain = server->plain;
	c->easy = curl_easy_init();
	if (!c->easy || !c->url || !c->user || !c->password || !c->ca_file) {
		smtp_client_close(c);
		return err_set(e, ERR_IO, "could not set up the mail client");
	}
	*ret = c;
	return ERR_OK;
}

/* The kept connection ends at once: curl would say farewell and wait two minutes for the answer of
 * a server that hangs. */
static void cut_line(struct smtp_client *c)
{
	curl_socket_t line = CURL_SOCKET_BAD;

	if (c->easy && curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &line) == CURLE_OK &&
		line != CURL_SOCKET_BAD)
		(void)shutdown(line, SHUT_RDWR); /* the other side may have ended it before */
}

void smtp_client_close(struct smtp_client *c)
{
	if (!c)
		return;
	cut_line(c);
	curl_easy_cleanup(c->easy);
	arena_wipe(&c->arena);
	arena_clear(&c->arena);
	handle_drop(c);
}

void smtp_client_interrupt(struct smtp_client *c)
{
	atomic_store(&c->interrupted, true);
}

/* ---- what curl asks and tells ---------------------------------------------------------------- */

static size_t give_text(char *room, size_t size, size_t count, void *context)
{
	struct smtp_client *c = context;
	size_t len = size * count < c->rest.len ? size * count : c->rest.len;

	memcpy(room, c->rest.at, len);
	c->rest = str_skip(c->rest, len);
	return len;
}

static int take_progress(void *context, curl_off_t total_in, curl_off_t in, curl_off_t total_out,
	curl_off_t out)
{
	const struct smtp_client *c = context;

	(void)total_in;
	(void)in;
	(void)total_out;
	(void)out;
	return atomic_load(&c->interrupted) ? 1 : 0;
}

static void keep_said(struct smtp_client *c, struct str line)
{
	size_t len = 0;

	while (len < line.len && len + 1 < SAID_BYTES && line.at[len] != '\r' &&
		line.at[len] != '\n') {
		char byte = line.at[len];
		c->said[len++] = byte >= ' ' && byte <= '~' ? byte : '?';
	}
	c->said[len] = '\0';
}

static int take_talk(CURL *easy, curl_infotype type, char *at, size_t len, void *context)
{
	struct smtp_client *c = context;
	struct str line = { at, len };

	(void)easy;
	if (type == CURLINFO_HEADER_IN && !c->leaving)
		keep_said(c, line);
	else if (type == CURLINFO_HEADER_OUT && str_starts(line, "QUIT"))
		c->leaving = true;
	else if (type == CURLINFO_HEADER_OUT && str_starts(line, "MAIL "))
		c->stage = STAGE_SENDER;
	else if (type == CURLINFO_HEADER_OUT && str_starts(line, "RCPT "))
		c->stage = STAGE_RECIPIENT;
	else if (type == CURLINFO_HEADER_OUT && str_starts(line, "DATA"))
		c->stage = STAGE_TEXT;
	return 0;
}

/* ---- one mail -------------------------------------------------------------------------------- */

static CURLcode prepare(struct smtp_client *c, const char *from, const struct curl_slist *to)
{
	CURL *h = c->easy;
	CURLcode r = curl_easy_setopt(h, CURLOPT_URL, c->url);

	r |= curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	r |= curl_easy_setopt(h, CURLOPT_PROXY, "");
	r |= curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	r |= curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	r |= curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	r |= curl_easy_setopt(h, CURLOPT_USE_SSL, c->plain ? (long)CURLUSESSL_NONE :
		(long)CURLUSESSL_ALL);
	if (c->user[0]) {
		r |= curl_easy_setopt(h, CURLOPT_USERNAME, c->user);
		r |= curl_easy_setopt(h, CURLOPT_PASSWORD, c->password);
	}
	if (c->ca_file[0])
		r |= curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
	r |= curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
	r |= curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
	r |= curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	r |= curl_easy_setopt(h, CURLOPT_READFUNCTION, give_text);
	r |= curl_easy_setopt(h, CURLOPT_READDATA, c);
	r |= curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, take_progress);
	r |= curl_easy_setopt(h, CURLOPT_XFERINFODATA, c);
	r |= curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	r |= curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, take_talk);
	r |= curl_easy_setopt(h, CURLOPT_DEBUGDATA, c);
	r |= curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
	r |= curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error);
	return r;
}

static enum err_code judge(struct smtp_client *c, CURLcode result, struct err *e)
{
	long status = 0;

	/* stays 0 when unknown */
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (result == CURLE_OK)
		return ERR_OK;
	if ((result == CURLE_SEND_ERROR || result == CURLE_WEIRD_SERVER_REPLY) && status >= 500 &&
		status < 600 && c->stage >= STAGE_RECIPIENT)
		return err_set(e, ERR_DENIED, "mail server refused: %s", c->said);
	if (c->said[0] && status >= 400)
		return err_set(e, ERR_BUSY, "mail server answered: %s", c->said);
	return err_set(e, ERR_BUSY, "mail server: %s",
		c->error[0] ? c->error : curl_easy_strerror(result));
}

enum err_code smtp_client_send(struct smtp_client *c, struct str from, struct str to,
	struct str text, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct curl_slist *list;
	char *from_z, *to_z;
	CURLcode result = CURLE_OUT_OF_MEMORY;

	arena_init(&a, 4096);
	from_z = arena_printf(&a, "<" STR_FMT ">", STR_ARG(from));
	to_z = arena_printf(&a, "<" STR_FMT ">", STR_ARG(to));
	list = to_z ? curl_slist_append(NULL, to_z) : NULL;
	if (!from_z || !list)
		return err_set(e, ERR_TOO_LARGE, "addresses of the mail are too long");
	curl_easy_reset(c->easy); /* keeps its connection */
	c->stage = STAGE_GREETING;
	c->leaving = false;
	c->said[0] = '\0';
	c->error[0] = '\0';
	c->rest = text;
	if (prepare(c, from_z, list) == CURLE_OK)
		result = curl_easy_perform(c->easy);
	curl_slist_free_all(list);
	return judge(c, result, e);
}
