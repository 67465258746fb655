/* agree_cmd.c - `huren agree`: an agreement goes from proposal to two signatures to both tlogs. */
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"

/* A party file is the peer's or own card (/peer.json): its DID and Chinese name are taken. */
static enum err_code add_party(struct arena *a, const struct client *c, struct json *parties,
	struct err *e)
{
	struct json *card;
	TRY(client_get_json(c, a, "/peer.json", &card, e));
	struct json *party = json_new_object(a);
	json_set_str(a, party, "id", json_get_str(card, "did"));
	json_set_str(a, party, "name", json_get_str(json_get(card, "name"), "zh-CN"));
	json_push(a, parties, party);
	return ERR_OK;
}

static enum err_code agree_propose(struct args *args, struct arena *a, struct err *e)
{
	struct client own;
	const char *rules, *with;
	struct str text;
	struct json *content;
	TRY(client_open(args, a, &own, e));
	TRY(args_need(args, "--rules", &rules, e));
	TRY(args_need(args, "--with", &with, e));
	const char *out = args_value(args, "--out");
	const char *until = args_value(args, "--until");
	TRY(args_end(args, e));
	TRY(cli_read(a, rules, LIMIT_RULES_FILE_BYTES, &text, e));
	if (json_parse(a, text, &content, e) != ERR_OK)
		return err_in(e, "agreement file \"%s\"", rules);
	struct json *parties = json_new_array(a);
	struct client other = { .url = str_of(with), .token = STR("") };
	TRY(add_party(a, &own, parties, e));
	TRY(add_party(a, &other, parties, e));
	struct json *request = json_new_object(a);
	json_set(a, request, "agreement", content);
	json_set(a, request, "parties", parties);
	if (until)
		json_set_text(a, request, "validUntil", until);
	struct json *answer;
	TRY(client_post_json(&own, a, "/api/v1/agreements/sign", request, &answer, e));
	TRY(json_jcs(a, json_get(answer, "statement"), &text, e));
	return cli_write(out, text, 0644, e);
}

static enum err_code agree_sign(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path;
	struct str text;
	struct json *answer;
	TRY(client_open(args, a, &c, e));
	const char *out = args_value(args, "--out");
	TRY(args_need_word(args, "file with the statement", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, path, LIMIT_STATEMENT_BYTES, &text, e));
	TRY(client_post(&c, a, "/api/v1/agreements/sign", "application/json", text, &answer, e));
	TRY(json_jcs(a, json_get(answer, "statement"), &text, e));
	return cli_write(out, text, 0644, e);
}

#define PUBLISH_TRIES 50
#define PUBLISH_PAUSE_MS 200

/* The other party's keys come with the mirror of its log, a moment after the nodes know each
 * other. */
static enum err_code publish_patiently(const struct client *c, struct arena *a, struct str text,
	struct json **ret, struct err *e)
{
	const struct timespec pause = { .tv_nsec = PUBLISH_PAUSE_MS * 1000000L };
	enum err_code code = ERR_NOT_FOUND;
	for (int i = 0; i < PUBLISH_TRIES && code == ERR_NOT_FOUND; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		code = client_post(c, a, "/api/v1/statements", "application/vc", text, ret, e);
	}
	return code;
}

static enum err_code agree_publish(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path;
	struct str text;
	struct json *answer;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "file with the statement", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, path, LIMIT_STATEMENT_BYTES, &text, e));
	TRY(publish_patiently(&c, a, text, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("agreement published: " STR_FMT "\n", STR_ARG(json_get_str(answer, "id")));
	return ERR_OK;
}

static const struct subcommand subcommands[] = {
	{ "propose", agree_propose },
	{ "sign", agree_sign },
	{ "publish", agree_publish },
};

enum err_code agree_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
