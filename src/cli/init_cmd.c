/* init_cmd.c - `huren init`: the folder of a new node. */
#include <ctype.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "crypto/key.h"
#include "credential/did.h"
#include "service/service.h"

static const struct { const char *name; enum key_type type; } roles[] = {
	{ "tlog", KEY_ED25519 }, { "tlog-sm2", KEY_SM2 }, { "witness", KEY_ED25519 },
	{ "issuer", KEY_ED25519 }, { "issuer-sm2", KEY_SM2 }, { "requests", KEY_ED25519 },
};
#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

static enum err_code write_key(struct arena *a, const char *dir, const char *name,
	enum key_type type,
	struct err *e)
{
	struct key k;
	struct str text;
	TRY(key_generate(type, &k, e));
	enum err_code code = key_file_text(a, &k, STR(""), &text, e);
	key_clear(&k);
	TRY(code);
	const char *path = arena_printf(a, "%s/keys/%s.json", dir, name);
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path too long");
	return io_write_durable(path, text, 0600, e);
}

static enum err_code write_token(struct arena *a, const char *dir, struct err *e)
{
	uint8_t bytes[32];
	key_random(bytes, sizeof(bytes));
	struct str token = base64url_new(a, bytes, sizeof(bytes));
	const char *path = arena_printf(a, "%s/token", dir);
	struct str line = str_printf(a, STR_FMT "\n", STR_ARG(token));
	if (!path || !line.at)
		return err_set(e, ERR_TOO_LARGE, "path too long");
	return io_write_durable(path, line, 0600, e);
}

/* A host name with an optional port: what may stand in did:web and in a note's key name. */
static enum err_code check_domain(const char *domain, struct err *e)
{
	size_t len = strlen(domain);
	if (len == 0 || len > 253)
		return err_set(e, ERR_INVALID, "option --domain: 1 to 253 characters");
	for (size_t i = 0; i < len; i++) {
		char c = domain[i];
		bool lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!lower && c != '.' && c != '-' && c != ':')
			return err_set(e, ERR_INVALID, "option --domain: character %zu is none of "
				"a-z 0-9 . - :",
				i + 1);
	}
	return ERR_OK;
}

static enum err_code check_colour(const char *colour, struct err *e)
{
	bool good = colour[0] == '#' && strlen(colour) == 7;
	for (size_t i = 1; good && i < 7; i++)
		good = isxdigit((unsigned char)colour[i]) != 0;
	return good ? ERR_OK : err_set(e, ERR_INVALID, "option --colour: write it as #rrggbb");
}

enum err_code init_command(struct args *args, struct arena *a, struct err *e)
{
	const char *dir, *domain, *zh, *en;
	cli_keep_private();
	TRY(args_need(args, "--dir", &dir, e));
	TRY(args_need(args, "--domain", &domain, e));
	TRY(args_need(args, "--name-zh", &zh, e));
	TRY(args_need(args, "--name-en", &en, e));
	const char *listen = args_value(args, "--listen");
	const char *url = args_value(args, "--url");
	const char *colour = args_value(args, "--colour");
	TRY(args_end(args, e));
	if (!listen)
		listen = "127.0.0.1:8400";
	if (!colour)
		colour = "#0b7a75";
	TRY(check_domain(domain, e));
	TRY(check_colour(colour, e));
	const char *path = arena_printf(a, "%s/node.json", dir);
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path too long");
	if (io_exists(path)) {
		(void)err_set(e, ERR_CONFLICT, "folder \"%s\" already holds a node", dir);
		return err_hint(e, "A node's keys are its identity; choose another folder.");
	}
	for (size_t i = 0; i < ROLE_COUNT; i++)
		TRY(write_key(a, dir, roles[i].name, roles[i].type, e));
	TRY(write_token(a, dir, e));
	struct json *v = json_new_object(a);
	struct json *name = json_new_object(a);
	json_set_text(a, name, "zh-CN", zh);
	json_set_text(a, name, "en", en);
	json_set_text(a, v, "domain", domain);
	json_set(a, v, "name", name);
	json_set_text(a, v, "listen", listen);
	json_set_text(a, v, "url", url ? url : arena_printf(a, "http://%s", listen));
	json_set_text(a, v, "colour", colour);
	json_set(a, v, "peers", json_new_array(a));
	json_set(a, v, "witnesses", json_new_array(a));
	SCOPED_BUF b;
	buf_init(&b, 65536);
	TRY(json_put_pretty(&b, v, e));
	buf_put_char(&b, '\n');
	TRY(io_write_durable(path, buf_str(&b), 0644, e));
	struct str did = did_web_new(a, str_of(domain));
	(void)printf("node %s made in %s\n  DID   " STR_FMT "\n  next  huren serve --dir %s\n", en,
		dir,
		STR_ARG(did), dir);
	return ERR_OK;
}
