/* decide_cmd.c - `huren decide`: ask for recognition, show decisions, replay them. */
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "cli/client.h"

#define WAIT_STEP_MS 100

static bool is_final(const struct json *request)
{
	struct str state = json_get_str(request, "state");
	return str_is(state, "decided") || str_is(state, "failed");
}

static enum err_code wait_for(const struct client *c, struct arena *a, struct str id, int64_t steps,
	struct json **ret, struct err *e)
{
	const struct timespec pause = { .tv_nsec = WAIT_STEP_MS * 1000000L };
	const char *path = arena_printf(a, "/api/v1/recognition-requests/" STR_FMT, STR_ARG(id));
	for (int64_t i = 0; i < steps; i++) {
		TRY(client_get_json(c, a, path, ret, e));
		if (is_final(*ret))
			return ERR_OK;
		(void)nanosleep(&pause, NULL);
	}
	(void)err_set(e, ERR_BUSY, "request " STR_FMT " is still " STR_FMT, STR_ARG(id),
		STR_ARG(json_get_str(*ret, "state")));
	return err_hint(e,
		"It goes on by itself; ask again with \"huren decide request-state " STR_FMT "\".",
		STR_ARG(id));
}

static enum err_code print_request(const struct json *v, bool as_json, struct err *e)
{
	if (as_json)
		return cli_print_json(v, e);
	struct str reason = json_get_str(v, "reason");
	(void)printf("request " STR_FMT ": " STR_FMT "%s" STR_FMT "\n", STR_ARG(json_get_str(v,
		"id")),
		STR_ARG(json_get_str(v, "state")), reason.len > 0 ? ": " : "", STR_ARG(reason));
	if (json_get_str(v, "decision").at)
		(void)printf("decision " STR_FMT "\n", STR_ARG(json_get_str(v, "decision")));
	return ERR_OK;
}

static enum err_code decide_request(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path;
	struct str text;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool wait = args_flag(args, "--wait");
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "request file", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, path, LIMIT_REQUEST_BYTES, &text, e));
	TRY(client_post(&c, a, "/api/v1/recognition-requests", "application/json", text, &v, e));
	if (wait)
		TRY(wait_for(&c, a, json_get_str(v, "id"), 600, &v, e));
	TRY(print_request(v, as_json, e));
	if (wait && str_is(json_get_str(v, "state"), "failed"))
		return err_set(e, ERR_DENIED, "request failed: " STR_FMT,
			STR_ARG(json_get_str(v, "reason")));
	return ERR_OK;
}

static enum err_code request_state(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *id;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "request id", &id, e));
	TRY(args_end(args, e));
	TRY(client_get_json(&c, a, arena_printf(a, "/api/v1/recognition-requests/%s", id), &v, e));
	return print_request(v, as_json, e);
}

static void print_text(const struct json *text)
{
	struct str zh = json_get_str(text, "zh-CN");
	struct str en = json_get_str(text, "en");
	if (zh.len > 0)
		(void)printf("      " STR_FMT "\n", STR_ARG(zh));
	if (en.len > 0)
		(void)printf("      " STR_FMT "\n", STR_ARG(en));
}

void cli_print_items(const struct json *items)
{
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);
		(void)printf("  %-10.*s  " STR_FMT " " STR_FMT "\n",
			STR_ARG(json_get_str(item, "outcome")), STR_ARG(json_get_str(item,
				"scheme")),
			STR_ARG(json_get_str(item, "item")));
		print_text(json_get(item, "text"));
	}
}

void cli_print_documents(const struct json *documents)
{
	for (size_t i = 0; i < json_count(documents); i++) {
		const struct json *d = json_at(documents, i);
		(void)printf("  %-10.*s  " STR_FMT "\n", STR_ARG(json_get_str(d, "state")),
			STR_ARG(json_get_str(d, "document")));
	}
}

static enum err_code explain(struct args *args, struct arena *a, const char *word, struct err *e)
{
	struct client c;
	const char *uuid;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	TRY(client_uuid(a, word, &uuid, e));
	TRY(client_get_json(&c, a, arena_printf(a, "/api/v1/decisions/%s/explain", uuid), &v, e));
	if (as_json)
		return cli_print_json(v, e);
	const struct json *today = json_get(v, "today");
	(void)printf("replayed from the logged inputs: %s\n", json_true(json_get(v, "same"))
		? "the same bytes" : "DIFFERENT");
	if (json_get_str(today, "problem").at)
		(void)printf("today's rules: cannot decide: " STR_FMT "\n",
			STR_ARG(json_get_str(today, "problem")));
	else
		(void)printf("today's rules would decide %s\n", json_true(json_get(today, "same"))
			? "the same" : "differently:");
	cli_print_items(json_get(v, "items"));
	const struct json *changed = json_get(today, "items");
	for (size_t i = 0; i < json_count(changed); i++)
		(void)printf("  today: " STR_FMT " " STR_FMT " -> " STR_FMT "\n",
			STR_ARG(json_get_str(json_at(changed, i), "item")),
			STR_ARG(json_get_str(json_path(json_at(changed, i), "before"), "outcome")),
			STR_ARG(json_get_str(json_path(json_at(changed, i), "after"), "outcome")));
	return json_true(json_get(v, "same")) ? ERR_OK
		: err_set(e, ERR_CORRUPT, "the decision cannot be made again from its logged "
			"inputs");
}

static enum err_code decide_list(struct args *args, struct arena *a, struct err *e)
{
	return cli_print_list(args, a, "/decisions.json", e);
}

static const struct subcommand subcommands[] = {
	{ "request", decide_request },
	{ "request-state", request_state },
	{ "show", cli_show_statement },
	{ "list", decide_list },
};

enum err_code decide_command(struct args *args, struct arena *a, struct err *e)
{
	const char *id = args_value(args, "--explain");
	if (id)
		return explain(args, a, id, e);
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
