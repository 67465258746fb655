/* evidence_cmd.c - `huren evidence`: add, list, get, fetch. */
#include "cli/client.h"

#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "web/http_text.h"

#define WAIT_S_DEFAULT 600

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum err_code add_one(const struct client *c, struct arena *a, const char *path,
	const char *type, struct json **ret, struct err *e)
{
	SCOPED_BUF b = { 0 };
	buf_init(&b, 4096);
	buf_put_text(&b, "/api/v1/evidence?name=");
	percent_put(&b, str_of(name_of(path)));
	buf_put_text(&b, "&type=");
	percent_put(&b, str_of(type ? type : client_media_type(path)));
	TRY(buf_check(&b, "address", e));
	return client_post_file(c, a, str_z(a, buf_str(&b)), path, ret, e);
}

static enum err_code evidence_add(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	const char *type = args_value(args, "--type");
	TRY(args_need_word(args, "file", &path, e));
	struct json *all = json_new_array(a);
	for (; path; path = args_word(args)) {
		struct json *one = NULL;
		TRY(add_one(&c, a, path, type, &one, e));
		all = json_push(a, all, one);
		if (!as_json)
			(void)printf(STR_FMT "  " STR_FMT "\n",
				STR_ARG(json_get_str(one, "digest")),
				STR_ARG(json_get_str(one, "name")));
	}
	TRY(args_end(args, e));
	return as_json ? cli_print_json(all, e) : ERR_OK;
}

static enum err_code evidence_list(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	TRY(client_get_json(&c, a, "/api/v1/evidence", &v, e));
	if (as_json)
		return cli_print_json(v, e);
	const struct json *rows = json_get(v, "rows");
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		(void)printf(STR_FMT "  " STR_FMT "  %12.0f  " STR_FMT "\n",
			STR_ARG(json_get_str(row, "digest")), STR_ARG(json_get_str(row, "time")),
			json_number_or(json_get(row, "bytes"), 0),
			STR_ARG(json_get_str(row, "name")));
	}
	if (json_count(rows) == 0)
		(void)printf("none yet\n");
	return ERR_OK;
}

static enum err_code evidence_get(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *out, *uuid = NULL;
	struct digest d;
	TRY(client_open(args, a, &c, e));
	const char *report = args_value(args, "--report");
	TRY(args_need(args, "--out", &out, e));
	TRY(args_need_word(args, "digest", &word, e));
	TRY(args_end(args, e));
	if (base64url_decode_fixed(str_of(word), d.at, DIGEST_BYTES, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "\"%s\" is not a digest of 32 bytes in base64url",
			word);
	if (report)
		TRY(client_uuid(a, report, &uuid, e));
	const char *path = uuid ? arena_printf(a, "/statements/%s/evidence/%s", uuid, word)
		: arena_printf(a, "/api/v1/evidence/%s", word);
	return client_get_file(&c, a, path, out, &d, e);
}

/* ---- a report's files ------------------------------------------------------------------------ */

static void print_files(const struct json *answer)
{
	const struct json *files = json_get(answer, "files");
	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *f = json_at(files, i);
		struct str problem = json_get_str(f, "problem");
		(void)printf("%-8.*s  " STR_FMT "  %.0f of %.0f bytes%s" STR_FMT "\n",
			STR_ARG(json_get_str(f, "state")), STR_ARG(json_get_str(f, "name")),
			json_number_or(json_get(f, "have"), 0),
			json_number_or(json_get(f, "bytes"), 0), problem.len > 0 ? ": " : "",
			STR_ARG(problem));
	}
}

static enum err_code evidence_fetch_report(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *uuid;
	struct json *v;
	uint64_t wait_s = WAIT_S_DEFAULT;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	const char *wait = args_value(args, "--wait");
	if (wait && str_parse_u64(str_of(wait), &wait_s, e) != ERR_OK)
		return err_in(e, "option --wait");
	TRY(args_need_word(args, "report id", &word, e));
	TRY(args_end(args, e));
	TRY(client_uuid(a, word, &uuid, e));
	TRY(client_fetch_evidence(&c, a, uuid, (unsigned)wait_s, &v, e));
	if (as_json)
		TRY(cli_print_json(v, e));
	else
		print_files(v);
	return json_true(json_get(v, "complete")) ? ERR_OK
		: err_set(e, ERR_BUSY, "not every file of the report is here");
}

static const struct subcommand subcommands[] = {
	{ "add", evidence_add },
	{ "list", evidence_list },
	{ "get", evidence_get },
	{ "fetch", evidence_fetch_report },
};

enum err_code evidence_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
