/* config.c - node.json and the keys of a node, read once at start. */
#include "service/service.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "service/mail.h"

#define CONFIG_ARENA_BYTES ((size_t)4 << 20)
#define CONFIG_FILE_BYTES ((size_t)1 << 20)

static enum err_code load_key(struct node_config *c, const char *name, bool needed, struct key *ret,
	struct err *e)
{
	char path[700];
	(void)snprintf(path, sizeof(path), "%s/keys/%s.json", c->dir, name);
	if (!needed && !io_exists(path)) {
		*ret = (struct key){ .pub = { .type = KEY_NONE } };
		return ERR_OK;
	}
	struct str text;
	if (io_read_file(&c->arena, path, 65536, &text, e) != ERR_OK)
		return err_in(e, "key \"%s\"", name);
	if (key_file_parse(text, STR(""), ret, e) != ERR_OK)
		return err_in(e, "key file \"%s\"", path);
	return ERR_OK;
}

static enum err_code load_keys(struct node_config *c, struct err *e)
{
	TRY(load_key(c, "tlog", true, &c->keys.tlog, e));
	TRY(load_key(c, "tlog-sm2", false, &c->keys.tlog_sm2, e));
	TRY(load_key(c, "witness", true, &c->keys.witness, e));
	TRY(load_key(c, "issuer", true, &c->keys.issuer, e));
	TRY(load_key(c, "issuer-sm2", false, &c->keys.issuer_sm2, e));
	return load_key(c, "requests", true, &c->keys.requests, e);
}

static struct str str_or(struct str s, struct str fallback)
{
	return s.at ? s : fallback;
}

static enum err_code load_peer(struct node_config *c, const struct json *v, struct node_peer *ret,
	struct err *e)
{
	TRY(json_need_str(v, "domain", &ret->domain, e));
	TRY(json_need_str(v, "did", &ret->did, e));
	TRY(json_need_str(v, "url", &ret->url, e));
	TRY(json_need_str(v, "tlog_vkey", &ret->tlog_vkey, e));
	TRY(json_need_str(v, "witness_vkey", &ret->witness_vkey, e));
	const struct json *name = json_get(v, "name");
	ret->colour = str_or(json_get_str(v, "colour"), STR("#777777"));
	ret->name_zh = str_or(json_get_str(name, "zh-CN"), ret->domain);
	ret->name_en = str_or(json_get_str(name, "en"), ret->domain);
	TRY(note_vkey_parse(&c->arena, ret->tlog_vkey, &ret->tlog_key, e));
	return note_vkey_parse(&c->arena, ret->witness_vkey, &ret->witness_key, e);
}

static enum err_code load_peers(struct node_config *c, const struct json *peers, struct err *e)
{
	if (json_count(peers) > LIMIT_PEERS)
		return err_set(e, ERR_TOO_LARGE, "more than %d peers", LIMIT_PEERS);
	for (size_t i = 0; i < json_count(peers); i++) {
		if (load_peer(c, json_at(peers, i), &c->peers[i], e) != ERR_OK)
			return err_in(e, "peer %zu", i);
		c->peer_count = i + 1;
	}
	return ERR_OK;
}

static enum err_code load_witnesses(struct node_config *c, const struct json *list, struct err *e)
{
	if (json_count(list) > LIMIT_PEERS)
		return err_set(e, ERR_TOO_LARGE, "more than %d witnesses", LIMIT_PEERS);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		struct str vkey;
		TRY(json_need_str(v, "url", &c->witnesses[i].url, e));
		TRY(json_need_str(v, "vkey", &vkey, e));
		if (note_vkey_parse(&c->arena, vkey, &c->witnesses[i].key, e) != ERR_OK)
			return err_in(e, "witness %zu", i);
		c->witness_count = i + 1;
	}
	return ERR_OK;
}

static bool is_local(struct str url)
{
	return str_starts(url, "smtp://127.0.0.1") || str_starts(url, "smtp://localhost") ||
		str_starts(url, "smtp://[::1]");
}

/* "password", or "password_file" in the node's folder. */
static enum err_code load_mail_password(struct node_config *c, const struct json *v, struct err *e)
{
	struct str file = json_get_str(v, "password_file");
	char path[1100];

	c->mail.password = str_or(json_get_str(v, "password"), STR(""));
	if (!file.at)
		return ERR_OK;
	if (snprintf(path, sizeof(path), "%s%s" STR_FMT, file.at[0] == '/' ? "" : c->dir,
		    file.at[0] == '/' ? "" : "/", STR_ARG(file)) >= (int)sizeof(path))
		return err_set(e, ERR_INVALID, "\"password_file\": path is too long");
	TRY(io_read_file(&c->arena, path, 4096, &c->mail.password, e));
	while (c->mail.password.len > 0 && c->mail.password.at[c->mail.password.len - 1] == '\n')
		c->mail.password.len--;
	return ERR_OK;
}

static enum err_code load_number(const struct json *v, const char *name, uint32_t usual,
	uint32_t max, uint32_t *ret, struct err *e)
{
	uint64_t number = usual;

	if (json_get(v, name))
		TRY(json_need_u64(v, name, &number, e));
	if (number > max)
		return err_set(e, ERR_INVALID, "\"%s\" is over %u", name, max);
	*ret = (uint32_t)number;
	return ERR_OK;
}

static enum err_code load_mail(struct node_config *c, const struct json *v, struct err *e)
{
	struct str tls = json_get_str(v, "starttls");

	if (!v)
		return ERR_OK;
	TRY(json_need_str(v, "url", &c->mail.url, e));
	if (!str_starts(c->mail.url, "smtp://") && !str_starts(c->mail.url, "smtps://"))
		return err_set(e, ERR_INVALID, "\"url\" begins with neither smtp:// nor "
			"smtps://");
	TRY(json_need_str(v, "from", &c->mail.from, e));
	if (!mail_address_is_good(c->mail.from))
		return err_set(e, ERR_INVALID, "\"from\" is no mail address");
	if (tls.at && !str_is(tls, "required") && !str_is(tls, "off"))
		return err_set(e, ERR_INVALID, "\"starttls\" is neither required nor off");
	c->mail.plain = str_is(tls.at ? tls : STR(""), "off");
	c->mail.user = str_or(json_get_str(v, "user"), STR(""));
	c->mail.ca_file = str_or(json_get_str(v, "ca_file"), STR(""));
	TRY(load_mail_password(c, v, e));
	if (c->mail.plain && c->mail.user.len > 0 && !is_local(c->mail.url)) {
		(void)err_set(e, ERR_INVALID, "a password is not sent without TLS");
		return err_hint(e, "Take \"starttls\": \"off\" out, or \"user\".");
	}
	TRY(load_number(v, "daily_hour", 8, 23, &c->mail.daily_hour, e));
	TRY(load_number(v, "retry_s", 60, 3600, &c->mail.retry_s, e));
	if (c->mail.retry_s == 0)
		c->mail.retry_s = 1;
	return ERR_OK;
}

static enum err_code load_files_number(const struct json *v, const char *name, uint32_t max,
	uint32_t usual, uint32_t *ret, struct err *e)
{
	const struct json *given = json_get(v, name);
	double number = json_number_or(given, usual);
	if (given && (!json_is(given, JSON_NUMBER) || number < 1 || number > max))
		return err_set(e, ERR_INVALID, "member \"%s\" of \"files\" is no number from 1 "
			"to %u", name, max);
	*ret = (uint32_t)number;
	return ERR_OK;
}

static enum err_code load_scan(struct node_config *c, const struct json *words, struct err *e)
{
	if (json_count(words) > LIMIT_SCAN_WORDS)
		return err_set(e, ERR_TOO_LARGE, "member \"scan\" has more than %d words",
			LIMIT_SCAN_WORDS);
	for (size_t i = 0; i < json_count(words); i++) {
		struct str word = json_str(json_at(words, i));
		if (word.len == 0 || memchr(word.at, '\0', word.len) ||
			(i == 0 && word.at[0] != '/'))
			return err_set(e, ERR_INVALID, "member \"scan\" is no list of words that "
				"begins with the path of a program");
		c->files.scan[i] = str_z(&c->arena, word);
		if (!c->files.scan[i])
			return err_set(e, ERR_TOO_LARGE, "configuration too large");
		c->files.scan_count = i + 1;
	}
	return ERR_OK;
}

/* {"quota_mb", "quotas": {"<code>": mb}, "scan": [program, word ...], "scan_s", "keep_s"} */
static enum err_code load_files(struct node_config *c, const struct json *v, struct err *e)
{
	const struct json *quotas = json_get(v, "quotas");
	uint32_t mb;
	TRY(load_files_number(v, "quota_mb", UINT32_MAX, LIMIT_FILES_QUOTA_MB, &mb, e));
	c->files.quota_mb = mb;
	TRY(load_files_number(v, "scan_s", 86400, LIMIT_SCAN_S, &c->files.scan_s, e));
	TRY(load_files_number(v, "keep_s", LIMIT_UPLOAD_KEEP_S, LIMIT_UPLOAD_KEEP_S,
		&c->files.keep_s, e));
	if (json_count(quotas) > LIMIT_FILES_QUOTAS)
		return err_set(e, ERR_TOO_LARGE, "more than %d quotas", LIMIT_FILES_QUOTAS);
	for (size_t i = 0; i < json_count(quotas); i++) {
		struct str code = quotas->members[i].name;
		char *name = str_z(&c->arena, code);
		if (!name)
			return err_set(e, ERR_TOO_LARGE, "configuration too large");
		TRY(load_files_number(quotas, name, UINT32_MAX, LIMIT_FILES_QUOTA_MB, &mb, e));
		c->files.quotas[i].code = code;
		c->files.quotas[i].mb = mb;
		c->files.quota_count = i + 1;
	}
	return load_scan(c, json_get(v, "scan"), e);
}

static enum err_code load_fields(struct node_config *c, const struct json *v, struct err *e)
{
	TRY(json_need_str(v, "domain", &c->domain, e));
	TRY(json_need_str(v, "listen", &c->listen, e));
	TRY(json_need_str(v, "url", &c->url, e));
	c->colour = str_or(json_get_str(v, "colour"), STR("#0b7a75"));
	c->behind_proxy = json_true(json_get(v, "behind_proxy"));
	c->no_rate_limits = json_is(json_get(v, "rate_limits"), JSON_FALSE);
	c->backup_dir = str_or(json_get_str(v, "backup_dir"), STR(""));
	if (c->backup_dir.len > 0 && (c->backup_dir.at[0] != '/' || c->backup_dir.len >= 400))
		return err_set(e, ERR_INVALID, "member \"backup_dir\" is no absolute path of under "
			"400 bytes");
	const struct json *name = json_get(v, "name");
	TRY(json_need_str(name, "zh-CN", &c->name_zh, e));
	TRY(json_need_str(name, "en", &c->name_en, e));
	c->did = did_web_new(&c->arena, c->domain);
	c->origin = str_printf(&c->arena, STR_FMT "/tlog", STR_ARG(c->domain));
	if (!c->did.at || !c->origin.at)
		return err_set(e, ERR_TOO_LARGE, "configuration too large");
	if (load_mail(c, json_get(v, "mail"), e) != ERR_OK)
		return err_in(e, "mail");
	TRY(load_files(c, json_get(v, "files"), e));
	TRY(load_peers(c, json_get(v, "peers"), e));
	return load_witnesses(c, json_get(v, "witnesses"), e);
}

static enum err_code load_token(struct node_config *c, struct err *e)
{
	char path[700];
	(void)snprintf(path, sizeof(path), "%s/token", c->dir);
	struct str text;
	TRY(io_read_file(&c->arena, path, 4096, &text, e));
	while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == ' '))
		text.len--;
	if (text.len < 32)
		return err_set(e, ERR_INVALID, "token file \"%s\" holds fewer than 32 characters",
			path);
	c->token = text;
	return ERR_OK;
}

enum err_code node_config_load(const char *dir, struct node_config *ret, struct err *e)
{
	*ret = (struct node_config){ 0 };
	arena_init(&ret->arena, CONFIG_ARENA_BYTES);
	int written = snprintf(ret->dir, sizeof(ret->dir), "%s", dir);
	if (written < 0 || (size_t)written >= sizeof(ret->dir))
		return err_set(e, ERR_INVALID,
			"path of the node's folder is longer than 511 bytes");
	char path[700];
	(void)snprintf(path, sizeof(path), "%s/node.json", dir);
	struct str text;
	if (io_read_file(&ret->arena, path, CONFIG_FILE_BYTES, &text, e) != ERR_OK)
		return err_hint(e, "Run \"huren init --dir %s\" to make a node.", dir);
	struct json *v;
	if (json_parse(&ret->arena, text, &v, e) != ERR_OK)
		return err_in(e, "configuration file \"%s\"", path);
	if (load_fields(ret, v, e) != ERR_OK)
		return err_in(e, "configuration file \"%s\"", path);
	TRY(load_keys(ret, e));
	return load_token(ret, e);
}

void node_config_clear(struct node_config *c)
{
	key_clear(&c->keys.tlog);
	key_clear(&c->keys.tlog_sm2);
	key_clear(&c->keys.witness);
	key_clear(&c->keys.issuer);
	key_clear(&c->keys.issuer_sm2);
	key_clear(&c->keys.requests);
	arena_clear(&c->arena);
}
