/* org_cmd.c - `huren org`, `huren accredit`: organisations and what laboratories may test. */
#include <string.h>

#include "cli/client.h"
#include "cli/cli.h"

static enum err_code org_add(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *name, *code, *role;
	struct str passphrase;
	TRY(client_open(args, a, &c, e));
	TRY(args_need(args, "--name", &name, e));
	TRY(args_need(args, "--code", &code, e));
	TRY(args_need(args, "--role", &role, e));
	TRY(cli_passphrase(args, a, &passphrase, e));
	struct json *request = json_new_object(a);
	struct json *keys = json_new_array(a);
	for (const char *key; (key = args_value(args, "--key")) != NULL;)
		json_push(a, keys, json_new_text(a, key));
	bool renew = args_flag(args, "--new-version");
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	json_set_text(a, request, "name", name);
	json_set_text(a, request, "registeredId", code);
	json_set_text(a, request, "role", role);
	json_set(a, request, "newVersion", json_new_bool(a, renew));
	if (json_count(keys) > 0)
		json_set(a, request, "keys", keys);
	else if (passphrase.len > 0)
		json_set_str(a, request, "passphrase", passphrase);
	struct json *answer;
	TRY(client_post_json(&c, a, "/api/v1/organisations", request, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("organisation %s: " STR_FMT "\n", name, STR_ARG(json_get_str(answer, "did")));
	if (!json_true(json_get(answer, "checkCharacterHolds")))
		(void)printf("  note: the code's check character does not match; check it for "
			"typing errors\n");
	return ERR_OK;
}

static enum err_code org_list(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	TRY(client_get_json(&c, a, "/organisations.json", &v, e));
	if (as_json)
		return cli_print_json(v, e);
	const struct json *rows = json_get(v, "rows");
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		(void)printf(STR_FMT "  " STR_FMT "  " STR_FMT "  " STR_FMT "\n",
			STR_ARG(json_get_str(row, "registered_id")), STR_ARG(json_get_str(row,
				"role")),
			STR_ARG(json_get_str(row, "name")), STR_ARG(json_get_str(row, "id")));
	}
	return ERR_OK;
}

static const struct subcommand subcommands[] = {
	{ "add", org_add },
	{ "list", org_list },
};

enum err_code org_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}

/* "6.1.1,6.1.4" -> ["6.1.1","6.1.4"] */
static struct json *split_list(struct arena *a, const char *text)
{
	struct json *list = json_new_array(a);
	struct str rest = str_of(text);
	while (rest.at) {
		struct str word = str_trim(str_cut(&rest, ','));
		if (word.len > 0)
			json_push(a, list, json_new_str(a, word));
	}
	return list;
}

enum err_code accredit_command(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *lab, *number, *from, *until;
	TRY(client_open(args, a, &c, e));
	TRY(args_need(args, "--lab", &lab, e));
	TRY(args_need(args, "--number", &number, e));
	TRY(args_need(args, "--from", &from, e));
	TRY(args_need(args, "--until", &until, e));
	const char *type = args_value(args, "--type");
	struct json *scope = json_new_array(a);
	for (const char *scheme; (scheme = args_value(args, "--scheme")) != NULL;) {
		const char *edition, *items;
		struct json *row = json_new_object(a);
		TRY(args_need(args, "--edition", &edition, e));
		TRY(args_need(args, "--items", &items, e));
		json_set_text(a, row, "scheme", scheme);
		json_set_text(a, row, "edition", edition);
		json_set(a, row, "items", split_list(a, items));
		json_push(a, scope, row);
	}
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	struct json *request = json_new_object(a);
	json_set_text(a, request, "lab", lab);
	json_set_text(a, request, "certificateType", type ? type : "CMA");
	json_set_text(a, request, "certificateNumber", number);
	json_set_text(a, request, "validFrom", from);
	json_set_text(a, request, "validUntil", until);
	json_set(a, request, "scope", scope);
	struct json *answer;
	TRY(client_post_json(&c, a, "/api/v1/accreditations", request, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("accreditation %s: " STR_FMT "\n", number, STR_ARG(json_get_str(answer,
		"id")));
	return ERR_OK;
}
