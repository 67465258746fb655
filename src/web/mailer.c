/* mailer.c - see mailer.h. */
#include "web/mailer.h"

#include <pthread.h>
#include <time.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "peer/smtp_client.h"
#include "web/mail_text.h"

#define PAUSE_MS 250       /* a question to an index that is empty, nearly always */
#define BATCH 50
#define ARENA_BYTES 1048576
#define MAIL_BYTES 65536

struct mailer {
	struct service *service;
	const struct catalogue *catalogue;
	struct smtp_client *client;
	pthread_mutex_t lock;              /* guards `stop` */
	pthread_cond_t wake;
	bool stop, running;
	pthread_t thread;
};

/* ---- wording --------------------------------------------------------------------------------- */

static const char *const subjects[MAIL_WHAT_COUNT] = { "notice_subject", "daily_subject",
	"code_subject" };
static const char *const bodies[MAIL_WHAT_COUNT] = { "notice_body", "daily_body", "code_body" };

static struct json *values_of(struct service *s, struct arena *a, const struct mail_waiting *m,
	enum language l)
{
	const struct node_config *c = service_config(s);
	struct json *v = json_new_object(a);
	struct str link = m->what == MAIL_NOTICE ? str_printf(a, STR_FMT "/notices/%lld",
		STR_ARG(c->url), (long long)m->about) : str_printf(a, STR_FMT "/%s",
		STR_ARG(c->url), m->what == MAIL_CODE ? "account/notices" : "notices");

	v = json_set_str(a, v, "node", l == LANGUAGE_EN ? c->name_en : c->name_zh);
	v = json_set_str(a, v, "link", link);
	v = json_set_str(a, v, "settings", str_printf(a, STR_FMT "/account/notices",
		STR_ARG(c->url)));
	v = json_set_str(a, v, "unread", str_printf(a, "%u", m->unread));
	return json_set_str(a, v, "code", m->code);
}

enum err_code mailer_text(struct service *s, const struct catalogue *c, struct arena *a,
	const struct mail_waiting *m, int64_t now, struct str *ret, struct err *e)
{
	const struct node_config *config = service_config(s);
	enum language l = language_of(m->language);
	struct json *values;
	struct mail_text text = { .from = config->mail.from, .to = m->address,
		.to_name = m->display, .message = m->message, .host = config->domain, .time = now };
	SCOPED_BUF b = { 0 };

	l = l == LANGUAGE_COUNT ? LANGUAGE_ZH : l;
	values = values_of(s, a, m, l);
	text.language = language_tag(l);
	text.from_name = json_get_str(values, "node");
	text.unsubscribe = json_get_str(values, "settings");
	text.subject = catalogue_fill(a, catalogue_text(c, l, "mail", str_of(subjects[m->what])),
		values);
	text.body = catalogue_fill(a, catalogue_text(c, l, "mail", str_of(bodies[m->what])),
		values);
	if (!values || !text.subject.at || !text.body.at)
		return err_set(e, ERR_TOO_LARGE, "mail needs too much memory");
	buf_init(&b, MAIL_BYTES);
	TRY(mail_text_put(&b, &text, e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "mail needs too much memory");
}

/* ---- sending --------------------------------------------------------------------------------- */

/* A code that cannot be opened any more was replaced or used: its mail helps nobody. */
static bool is_in_vain(const struct mail_waiting *m)
{
	return m->what == MAIL_CODE && m->code.len == 0;
}

/* ERR_BUSY: the server takes nothing now. */
static enum err_code send_one(struct mailer *x, struct arena *a, const struct mail_waiting *m,
	struct err *e)
{
	const struct node_config *c = service_config(x->service);
	int64_t now = instant_now();
	struct err why = { 0 };
	struct str text;
	enum err_code code;

	if (is_in_vain(m))
		return service_mail_sent(x->service, m, e);
	code = mailer_text(x->service, x->catalogue, a, m, now, &text, &why);
	if (code == ERR_OK)
		code = smtp_client_send(x->client, c->mail.from, m->address, text, &why);
	if (code == ERR_OK)
		return service_mail_sent(x->service, m, e);
	diag_err(DIAG_WARN, "mail", &why);
	TRY(service_mail_failed(x->service, m, now, code != ERR_BUSY, str_of(why.message), e));
	return code == ERR_BUSY ? err_set(e, ERR_BUSY, "%s", why.message) : ERR_OK;
}

static bool must_stop(struct mailer *x)
{
	bool stop;

	(void)pthread_mutex_lock(&x->lock);
	stop = x->stop;
	(void)pthread_mutex_unlock(&x->lock);
	return stop;
}

static void send_due(struct mailer *x)
{
	SCOPED_ARENA a = { 0 };
	struct mail_waiting due[BATCH];
	struct err e = { 0 };
	size_t count = 0;

	arena_init(&a, ARENA_BYTES);
	if (service_mail_daily(x->service, instant_now(), &e) != ERR_OK ||
		service_mail_due(x->service, &a, instant_now(), BATCH, due, &count, &e) != ERR_OK) {
		diag_err(DIAG_WARN, "mail", &e);
		return;
	}
	for (size_t i = 0; i < count && !must_stop(x); i++) {
		SCOPED_ARENA one = { 0 };
		arena_init(&one, ARENA_BYTES);
		if (send_one(x, &one, &due[i], &e) != ERR_OK)
			return; /* the rest in the next round: one question, not fifty */
	}
}

static void wait_a_while(struct mailer *x)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PAUSE_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&x->lock);
	if (!x->stop)
		(void)pthread_cond_timedwait(&x->wake, &x->lock, &until);
	(void)pthread_mutex_unlock(&x->lock);
}

static void *mailer_main(void *context)
{
	struct mailer *x = context;

	while (!must_stop(x)) {
		send_due(x);
		wait_a_while(x);
	}
	digest_thread_clear();
	return NULL;
}

enum err_code mailer_open(struct service *s, const struct catalogue *c, struct mailer **ret,
	struct err *e)
{
	const struct node_config *config = service_config(s);
	const struct smtp_server server = { .url = config->mail.url, .user = config->mail.user,
		.password = config->mail.password, .ca_file = config->mail.ca_file,
		.own_name = config->domain, .plain = config->mail.plain };
	struct mailer *x;

	*ret = NULL;
	if (!service_mail_is_on(s))
		return ERR_OK;
	x = handle_new(sizeof(*x));
	x->service = s;
	x->catalogue = c;
	(void)pthread_mutex_init(&x->lock, NULL);
	(void)pthread_cond_init(&x->wake, NULL);
	if (smtp_client_open(&server, &x->client, e) != ERR_OK) {
		mailer_close(x);
		return e ? e->code : ERR_IO;
	}
	if (pthread_create(&x->thread, NULL, mailer_main, x) != 0) {
		mailer_close(x);
		return err_set(e, ERR_IO, "could not start the mail thread: %s", err_errno());
	}
	x->running = true;
	*ret = x;
	return ERR_OK;
}

void mailer_close(struct mailer *x)
{
	if (!x)
		return;
	(void)pthread_mutex_lock(&x->lock);
	x->stop = true;
	(void)pthread_cond_signal(&x->wake);
	(void)pthread_mutex_unlock(&x->lock);
	if (x->client)
		smtp_client_interrupt(x->client);
	if (x->running)
		(void)pthread_join(x->thread, NULL);
	smtp_client_close(x->client);
	(void)pthread_cond_destroy(&x->wake);
	(void)pthread_mutex_destroy(&x->lock);
	handle_drop(x);
}
