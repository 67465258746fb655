/* allow.c - who asks, whether the row of the table lets them, and forms that came from us. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "crypto/secret.h"
#include "service/audit.h"
#include "web/form.h"
#include "web/multipart.h"
#include "web/web_inner.h"

#define AGENT_BYTES 160

_Static_assert(LIMIT_MULTIPART_PARTS <= LIMIT_QUERY_FIELDS, "parts of a form fit its fields");

/* "__Host-": only this host over TLS can have set it. Without TLS a browser would refuse it. */
static bool over_tls(const struct request *r)
{
	return str_starts(service_config(r->web->service)->url, "https:");
}

static const char *session_cookie(const struct request *r)
{
	return over_tls(r) ? "__Host-huren-session" : "huren-session";
}

static const char *form_cookie(const struct request *r)
{
	return over_tls(r) ? "__Host-huren-form" : "huren-form";
}

static bool set_cookie(struct request *r, const char *name, struct str value, const char *more)
{
	char *cookie = arena_printf(&r->arena, "%s=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax%s%s",
		name, STR_ARG(value), over_tls(r) ? "; Secure" : "", more);

	if (cookie)
		reply_header(&r->reply, "Set-Cookie", cookie);
	return cookie != NULL;
}

enum err_code allow_set_session(struct request *r, struct str token, struct err *e)
{
	if (!set_cookie(r, session_cookie(r), token, token.len > 0 ? "" : "; Max-Age=0"))
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	/* A page drawn with this answer belongs to the new session already. */
	r->csrf = token.len > 0 ? form_token(&r->arena, token) : STR("");
	return ERR_OK;
}

/* The secret that a form is bound to before anyone is signed in. */
static void read_form_secret(struct request *r, struct str cookies)
{
	r->form_secret = cookie_get(cookies, form_cookie(r));
	if (r->form_secret.len == 43)
		return;
	r->form_secret = STR("");
	if (!str_is(r->http.method, "GET"))
		return;
	r->form_secret = secret_token(&r->arena);
	if (!r->form_secret.at || !set_cookie(r, form_cookie(r), r->form_secret, ""))
		r->form_secret = STR("");
}

void allow_read_peer(struct request *r, struct str peer)
{
	const struct node_config *c = service_config(r->web->service);
	struct str agent = request_header(r, "user-agent");

	r->who.address = form_address(&r->arena, peer.at ? peer : STR(""),
		request_header(r, "x-forwarded-for"), c->behind_proxy);
	if (agent.len > AGENT_BYTES)
		agent.len = AGENT_BYTES;
	r->who.agent = str_is_utf8(agent) ? agent : STR("");
}

void allow_read(struct request *r)
{
	struct str cookies = request_header(r, "cookie");
	struct str token = cookie_get(cookies, session_cookie(r));

	if (!r->route->page && !r->route->form && r->route->may < MAY_HALF && !r->route->session)
		return;
	if (token.at)
		service_who(r->web->service, &r->arena, token, &r->who);
	if (r->who.stage != STAGE_NONE)
		r->form_secret = token;
	else if (r->route->form)
		read_form_secret(r, cookies);
	if (r->form_secret.len > 0)
		r->csrf = form_token(&r->arena, r->form_secret);
}

/* ---- the row --------------------------------------------------------------------------------- */

/* People are sent to `place` and come back; programs are told. */
static enum err_code send_to(struct request *r, const char *place, int status, struct err *e)
{
	struct str path = r->http.path;
	char *location;

	if (!respond_for_people(r) || !str_is(r->http.method, "GET")) {
		r->reply.status = status;
		return ERR_DENIED;
	}
	location = form_next_is_safe(path) ? arena_printf(&r->arena, "%s?next=" STR_FMT, place,
		STR_ARG(path)) : arena_printf(&r->arena, "%s", place);
	if (!location)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	reply_header(&r->reply, "Location", location);
	r->reply.status = HTTP_SEE_OTHER;
	return ERR_DENIED;
}

static enum err_code sign_in_first(struct request *r, struct err *e)
{
	static const char *const places[] = { "/sign-in", "/sign-in/enrol", "/sign-in/code",
		"/account" };

	(void)err_set(e, ERR_DENIED, "this needs an account that is signed in");
	(void)err_hint(e, "Sign in at /sign-in and ask again.");
	(void)err_word(e, "signed-out");
	return send_to(r, places[r->who.stage], HTTP_UNAUTHORIZED, e);
}

/* A form gets a while longer than the page that showed it, so that nothing typed is lost. */
static bool is_confirmed(const struct request *r)
{
	int64_t now = instant_now();

	if (str_is(r->http.method, "POST"))
		now -= 2 * LIMIT_SESSION_CONFIRMED_S;
	return account_is_confirmed(&r->who, now);
}

/* A session that writes without a form shows its token in a header, which no page of another host
 * can make a browser send. */
static enum err_code allow_header_token(struct request *r, struct err *e)
{
	if (r->route->form || str_is(r->http.method, "GET") || str_is(r->http.method, "HEAD") ||
		form_token_holds(&r->arena, r->form_secret, request_header(r, "x-csrf-token")))
		return ERR_OK;
	(void)err_set(e, ERR_DENIED, "the header \"x-csrf-token\" is not this session's");
	return err_hint(e, "Send the \"csrf\" of /account.json of the same session.");
}

enum err_code allow_route(struct request *r, struct err *e)
{
	const struct route *route = r->route;

	if (route->may < MAY_HALF)
		return ERR_OK;
	if (route->token_too && r->token) {
		r->who = service_who_node(r->who.address.at ? r->who.address : STR(""));
		return ERR_OK;
	}
	if (r->who.stage == STAGE_NONE || (route->may == MAY_ACCOUNT && r->who.stage != STAGE_FULL))
		return sign_in_first(r, e);
	if (route->capability != CAPABILITY_NONE && !(r->who.may >> route->capability & 1) &&
		(route->or == CAPABILITY_NONE || !(r->who.may >> route->or & 1))) {
		(void)err_set(e, ERR_DENIED, "none of your roles may do \"%s\"",
			capability_name(route->capability));
		return err_hint(e, "The page /roles says which role may.");
	}
	if (route->confirmed && !is_confirmed(r)) {
		(void)err_set(e, ERR_DENIED, "this needs the password once more");
		(void)err_hint(e, "Type it at /account/confirm and ask again.");
		return send_to(r, "/account/confirm", err_class(ERR_DENIED)->http_status, e);
	}
	return allow_header_token(r, e);
}

/* ---- how often ------------------------------------------------------------------------------- */

/* Of the machine itself: the proxy, when the node was not told of one, or who works on it. */
static bool is_this_machine(struct str address)
{
	return address.len == 0 || str_starts(address, "127.") || str_is(address, "::1") ||
		str_starts(address, "::ffff:127.");
}

enum err_code allow_rate(struct request *r, struct err *e)
{
	bool person = r->who.stage == STAGE_FULL;
	bool get = !str_is(r->http.method, "POST");
	bool made = r->route->run == RUN_PAPER || r->route->run == RUN_FILE;
	struct rate_terms terms = rate_terms_of(person, !get || made ||
		fields_get(&r->query, "q").len > 0);
	char room[ACCOUNT_NETWORK_BYTES];
	struct str key;

	/* What a form changes waits for the writer, and has limits of its own. */
	if ((!r->route->page && !made) || (!get && r->route->form) || r->token ||
		service_config(r->web->service)->no_rate_limits ||
		(!person && is_this_machine(r->who.address)))
		return ERR_OK;
	key = person ? str_printf(&r->arena, "account %lld", (long long)r->who.account) :
		str_printf(&r->arena, "address " STR_FMT, STR_ARG(account_network(r->who.address,
		room)));
	if (!key.at)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	r->reply.retry_s = rate_take(r->web->rate, key, &terms, instant_monotonic_us());
	if (r->reply.retry_s == 0)
		return ERR_OK;
	r->reply.status = HTTP_TOO_MANY;
	(void)err_set(e, ERR_BUSY, "too many pages were asked for from here");
	return err_hint(e, "Wait %u seconds; programs use the API with the node's token.",
		r->reply.retry_s);
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* A form with files: its other parts become fields, the files stay in r->parts. */
static enum err_code read_parts(struct request *r, struct err *e)
{
	struct str type = request_header(r, "content-type");
	struct multipart *m = ARENA_NEW(&r->arena, struct multipart);

	if (!m)
		return err_set(e, ERR_TOO_LARGE, "form needs too much memory");
	TRY(multipart_parse(&r->arena, r->http.body, parameter_get(&r->arena, type, "boundary"), m,
		e));
	for (size_t i = 0; i < m->count; i++) {
		const struct part *part = &m->parts[i];
		if (part->filename.at)
			continue;
		if (!str_is_utf8(part->body) || memchr(part->body.at, '\0', part->body.len))
			return err_set(e, ERR_INVALID, "part %zu of the form is no text", i + 1);
		r->form.at[r->form.count].name = part->name;
		r->form.at[r->form.count].value = part->body;
		r->form.count++; /* fewer parts than fields */
	}
	r->parts = m;
	return ERR_OK;
}

static enum err_code read_fields(struct request *r, struct err *e)
{
	struct str type = request_header(r, "content-type");

	if (media_type_is(type, "multipart/form-data") && r->route->takes &&
		strstr(r->route->takes, "multipart/form-data"))
		return read_parts(r, e);
	if (media_type_is(type, "application/x-www-form-urlencoded"))
		return fields_parse(&r->arena, r->http.body, &r->form, e);
	r->reply.status = HTTP_UNSUPPORTED_TYPE;
	return err_set(e, ERR_UNSUPPORTED, "body is no form");
}

enum err_code allow_form(struct request *r, struct err *e)
{
	struct str given = request_header(r, "x-csrf-token");

	/* A form with files shows its token in its first part, before a byte is kept. */
	if (!r->route->form || !str_is(r->http.method, "POST") || r->route->receive)
		return ERR_OK;
	if (read_fields(r, e) != ERR_OK)
		return err_in(e, "form");
	if (given.len == 0)
		given = fields_get(&r->form, "csrf");
	if (form_token_holds(&r->arena, r->form_secret, given))
		return ERR_OK;
	return form_not_ours(e);
}

void allow_note(struct request *r, const struct err *e)
{
	/* An invitation's code stands in its address: such a line names the row instead. */
	bool secret = r->route && strcmp(r->route->path, "/join/:code") == 0;
	struct str path = secret ? str_of(r->route->path) : r->http.path;
	char target[160];
	bool told = e->code == ERR_DENIED || e->code == ERR_TOO_LARGE ||
		(r->route && r->route->form && e->code != ERR_NOT_FOUND && e->code != ERR_BUSY);

	if (!told)
		return;
	(void)snprintf(target, sizeof(target), STR_FMT " " STR_FMT, STR_ARG(r->http.method),
		STR_ARG(path)); /* cut when it is longer */
	audit_note(r->web->service, &(struct audit_entry){ .action = "access", .refused = true,
		.actor = r->token ? STR("node") : r->who.name.at ? r->who.name : STR(""),
		.address = r->who.address.at ? r->who.address : STR(""),
		.target = str_of(target), .detail = str_of(e->message) });
}
