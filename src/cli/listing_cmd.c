/* listing_cmd.c - `huren listing`: posting, withdrawing and finding listings. */
#include <stdio.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "web/http_text.h"

static enum err_code post_one(const struct client *c, struct arena *a, const char *path,
	bool reviewed, bool as_json, struct err *e)
{
	struct json *request, *answer;
	struct str text;

	TRY(io_read_file(a, path, LIMIT_LISTING_BYTES, &text, e));
	TRY(json_parse(a, text, &request, e));
	request = json_set(a, request, "reviewed", json_new_bool(a, reviewed));
	TRY(client_post_json(c, a, "/api/v1/listings", request, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf(STR_FMT ": " STR_FMT " %s\n", STR_ARG(json_get_str(answer, "state")),
		STR_ARG(json_get_str(answer, "listing")), path);
	return ERR_OK;
}

static enum err_code post_listings(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path;

	TRY(client_open(args, a, &c, e));
	bool reviewed = args_flag(args, "--reviewed"), as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "file of a listing", &path, e));
	for (; path; path = args_word(args))
		TRY(post_one(&c, a, path, reviewed, as_json, e));
	return args_end(args, e);
}

static enum err_code withdraw_listing(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *uuid;
	struct json *request = json_new_object(a), *answer;

	TRY(client_open(args, a, &c, e));
	const char *reason = args_value(args, "--reason");
	bool erase = args_flag(args, "--erase"), as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "listing id", &word, e));
	TRY(args_end(args, e));
	TRY(client_uuid(a, word, &uuid, e));
	request = json_set_text(a, request, "reason", reason ? reason : "");
	request = json_set(a, request, "erase", json_new_bool(a, erase));
	TRY(client_post_json(&c, a, arena_printf(a, "/api/v1/listings/%s/withdraw", uuid), request,
		&answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf(STR_FMT ": urn:uuid:%s\n", STR_ARG(json_get_str(answer, "state")), uuid);
	return ERR_OK;
}

static enum err_code list_listings(struct args *args, struct arena *a, struct err *e)
{
	SCOPED_BUF path = { 0 };
	struct client c;
	struct json *answer;

	TRY(client_open(args, a, &c, e));
	const char *text = args_value(args, "--text"), *kind = args_value(args, "--kind");
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	buf_init(&path, 4096);
	buf_put_text(&path, "/listings.json?q=");
	percent_put(&path, str_of(text ? text : ""));
	buf_put_text(&path, "&kind=");
	percent_put(&path, str_of(kind ? kind : ""));
	char *target = str_z(a, buf_str(&path));
	if (path.overflow || !target)
		return err_set(e, ERR_TOO_LARGE, "too long");
	TRY(client_get_json(&c, a, target, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	const struct json *rows = json_get(answer, "rows");
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		(void)printf(STR_FMT "  " STR_FMT "  " STR_FMT " (" STR_FMT ")\n",
			STR_ARG(json_get_str(row, "listing")), STR_ARG(json_get_str(row,
			"listing_kind")), STR_ARG(json_get_str(row, "title")),
			STR_ARG(json_get_str(row, "organisation")));
	}
	return ERR_OK;
}

enum err_code listing_command(struct args *args, struct arena *a, struct err *e)
{
	const char *word;

	TRY(args_need_word(args, "post, withdraw or list", &word, e));
	if (str_is(str_of(word), "post"))
		return post_listings(args, a, e);
	if (str_is(str_of(word), "withdraw"))
		return withdraw_listing(args, a, e);
	if (str_is(str_of(word), "list"))
		return list_listings(args, a, e);
	return err_set(e, ERR_INVALID, "\"%s\" is neither post, withdraw nor list", word);
}
