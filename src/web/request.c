/* request.c - reading what was asked. */
#include "web/request.h"

#include <string.h>

#include "crypto/digest.h"

struct str request_header(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->http.header_count; i++)
		if (str_is(r->http.headers[i].name, name))
			return r->http.headers[i].value;
	return STR("");
}

/* Compares digests, so that time tells nothing about the token. */
static bool token_is(struct str given, struct str token)
{
	struct digest a = digest_sha256(given), b = digest_sha256(token);
	uint8_t differs = 0;

	for (size_t i = 0; i < DIGEST_BYTES; i++)
		differs |= a.at[i] ^ b.at[i];
	return token.len > 0 && differs == 0;
}

static const char *const themes[THEME_COUNT] = { "system", "dark", "light" };

const char *theme_name(enum theme t)
{
	CHECK(t < THEME_COUNT);
	return themes[t];
}

/* As the system has it, for a word that is none. */
static enum theme theme_of(struct str word)
{
	for (enum theme t = THEME_SYSTEM; t < THEME_COUNT; t++)
		if (str_is(word, themes[t]))
			return t;
	return THEME_SYSTEM;
}

static void read_preferences(struct request *r)
{
	struct str cookies = request_header(r, "cookie");
	struct str lang = fields_get(&r->query, "lang"), size = fields_get(&r->query, "size");
	struct str theme = fields_get(&r->query, "theme");

	r->language = language_of(lang);
	r->language_asked = r->language != LANGUAGE_COUNT;
	if (!r->language_asked)
		r->language = language_of(cookie_get(cookies, "lang"));
	if (r->language == LANGUAGE_COUNT)
		r->language = LANGUAGE_ZH;
	r->large_asked = size.len > 0;
	r->large = str_is(r->large_asked ? size : cookie_get(cookies, "size"), "large");
	r->theme_asked = theme.len > 0;
	r->theme = theme_of(r->theme_asked ? theme : cookie_get(cookies, "theme"));
}

enum err_code request_read_target(struct request *r, struct str target, struct str token,
	struct str *ret_path, struct err *e)
{
	struct str query = target, path = str_cut(&query, '?'), bearer;

	r->http.path = path;
	TRY(percent_decode(&r->arena, path, false, ret_path, e));
	if (query.at)
		TRY(fields_parse(&r->arena, query, &r->query, e));
	read_preferences(r);
	bearer = bearer_get(request_header(r, "authorization"));
	r->token = bearer.at && token_is(bearer, token);
	return ERR_OK;
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
	CHECK(reply->header_count < REPLY_HEADERS);
	CHECK(value != NULL);
	reply->headers[reply->header_count++] = (struct reply_header){ name, value };
}

enum err_code reply_json(struct request *r, int status, const struct json *v, struct err *e)
{
	TRY(json_jcs(&r->arena, v, &r->reply.body, e));
	r->reply.status = status;
	if (!r->reply.type)
		r->reply.type = "application/json";
	return ERR_OK;
}
