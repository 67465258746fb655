/* report_cmd.c - `huren report`: sign on the laboratory's own machine, submit, list, show,
 * bundle, print. */
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "cli/signer.h"
#include "credential/proof.h"
#include "recognition/report_draft.h"

/* The status entries of a new slot, from a node or from a file that was fetched earlier. */
static enum err_code status_slot(struct args *args, struct arena *a, struct json **ret,
	struct err *e)
{
	const char *file = args_value(args, "--slot");
	struct json *answer;
	struct str text;
	if (file) {
		TRY(cli_read(a, file, 65536, &text, e));
		TRY(json_parse(a, text, &answer, e));
	} else {
		struct client c;
		TRY(client_open(args, a, &c, e));
		TRY(client_get_json(&c, a, "/api/v1/status-slot", &answer, e));
	}
	const struct json *entries = json_get(answer, "credentialStatus");
	if (json_count(entries) == 0)
		return err_set(e, ERR_INVALID, "answer holds no status slot");
	*ret = json_copy(a, entries);
	return ERR_OK;
}

/* The submission: the signed statement and the same credential as vc+jwt (UNTP asks for it). */
static enum err_code submission(struct arena *a, const struct signer *signer, struct json *doc,
	int64_t now, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct str jwt;
	TRY(signer_sign(signer, a, doc, now, &jwt, e));
	v = json_set(a, v, "statement", json_copy(a, doc));
	*ret = json_set_str(a, v, "jwt", jwt);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "submission needs too much memory");
}

static enum err_code read_json(struct arena *a, const char *path, size_t max, struct json **ret,
	struct err *e)
{
	struct str text;
	TRY(cli_read(a, path, max, &text, e));
	return json_parse(a, text, ret, e) == ERR_OK ? ERR_OK : err_in(e, "file \"%s\"", path);
}

static enum err_code check_unsigned(const struct json *v, const struct signer *signer,
	const char *path, struct err *e)
{
	if (!json_get(v, "credentialSubject") || json_get(v, "proof"))
		return err_set(e, ERR_INVALID, "file \"%s\" is no unsigned statement", path);
	if (!str_eq(json_get_str(json_get(v, "issuer"), "id"), signer->did))
		return err_set(e, ERR_INVALID, "statement \"%s\" is of another issuer", path);
	return ERR_OK;
}

/* The unsigned statement that a node made of a draft on its pages: signed as it is. Of an
 * amendment it comes as {"statement","withdrawal"}; *ret_withdrawal is NULL else. */
static enum err_code read_made(struct args *args, struct arena *a, const struct signer *signer,
	const char *path, struct json **ret, struct json **ret_withdrawal, struct err *e)
{
	const struct json *statement, *withdrawal;
	struct json *v;
	TRY(args_end(args, e));
	TRY(read_json(a, path, 2 * LIMIT_STATEMENT_BYTES, &v, e));
	statement = json_get(v, "statement");
	withdrawal = json_get(v, "withdrawal");
	TRY(check_unsigned(statement ? statement : v, signer, path, e));
	if (withdrawal)
		TRY(check_unsigned(withdrawal, signer, path, e));
	*ret = json_copy(a, statement ? statement : v);
	*ret_withdrawal = withdrawal ? json_copy(a, withdrawal) : NULL;
	return ERR_OK;
}

/* A draft becomes a statement with an id and a place in the status lists of its own. */
static enum err_code read_draft(struct args *args, struct arena *a, const struct signer *signer,
	int64_t now, struct json **ret, struct err *e)
{
	struct json *draft, *subject, *status = NULL;
	const char *path;
	uint8_t uuid[16];
	TRY(status_slot(args, a, &status, e));
	TRY(args_need_word(args, "draft file", &path, e));
	TRY(args_end(args, e));
	TRY(read_json(a, path, LIMIT_STATEMENT_BYTES, &draft, e));
	key_random(uuid, sizeof(uuid));
	statement_uuid_shape(uuid);
	TRY(report_subject_from_draft(a, draft, statement_id_text(a, uuid), signer->did, &subject,
		e));
	struct str name = json_get_str(json_get(draft, "lab"), "name");
	struct json *doc = statement_new(a, KIND_REPORT, uuid, signer->did,
		name.at ? name : signer->did, now, subject);
	*ret = json_set(a, doc, "credentialStatus", status);
	return ERR_OK;
}

static enum err_code sign_all(struct args *args, struct arena *a, const struct signer *signer,
	const char *made, struct json **ret, struct err *e)
{
	struct json *doc = NULL, *withdrawal = NULL, *second;
	int64_t now = instant_now();
	TRY(made ? read_made(args, a, signer, made, &doc, &withdrawal, e)
		: read_draft(args, a, signer, now, &doc, e));
	TRY(submission(a, signer, doc, now, ret, e));
	if (!withdrawal)
		return ERR_OK;
	TRY(submission(a, signer, withdrawal, now, &second, e));
	*ret = json_set(a, *ret, "withdrawal", second);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "submission needs too much memory");
}

static enum err_code report_sign(struct args *args, struct arena *a, struct err *e)
{
	const char *out = args_value(args, "--out"), *made = args_value(args, "--made");
	struct json *v = NULL;
	struct signer signer;
	struct str text;
	TRY(signer_open(args, a, &signer, e));
	enum err_code code = sign_all(args, a, &signer, made, &v, e);
	signer_close(&signer);
	TRY(code);
	TRY(json_jcs(a, v, &text, e));
	return cli_write(out, text, 0644, e);
}

static enum err_code report_submit(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path;
	struct str text;
	struct json *submission, *answer;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "signed report", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, path, LIMIT_REQUEST_BYTES, &text, e));
	TRY(json_parse(a, text, &submission, e));
	const char *type = json_get(submission, "statement")
		? "application/vnd.huren.submission+json" : "application/vc";
	TRY(client_post(&c, a, "/api/v1/statements", type, text, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("report in the tlog at index %.0f%s: " STR_FMT "\n",
		json_number_or(json_get(answer, "index"), -1),
		json_true(json_get(answer, "duplicate")) ? " (was there before)" : "",
		STR_ARG(json_get_str(answer, "id")));
	return ERR_OK;
}

static void print_row(const struct json *row)
{
	const struct json *facts = json_get(row, "facts");
	(void)printf(STR_FMT "  " STR_FMT "  " STR_FMT "  " STR_FMT "\n",
		STR_ARG(json_get_str(row, "time")), STR_ARG(json_get_str(row, "state")),
		STR_ARG(json_get_str(facts, "number")), STR_ARG(json_get_str(row, "id")));
}

enum err_code cli_print_list(struct args *args, struct arena *a, const char *path, struct err *e)
{
	struct client c;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	TRY(client_get_json(&c, a, path, &v, e));
	if (as_json)
		return cli_print_json(v, e);
	const struct json *rows = json_get(v, "rows");
	for (size_t i = 0; i < json_count(rows); i++)
		print_row(json_at(rows, i));
	if (json_count(rows) == 0)
		(void)printf("none yet\n");
	return ERR_OK;
}

enum err_code cli_show_statement(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *uuid;
	struct json *v;
	TRY(client_open(args, a, &c, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "id or number", &word, e));
	TRY(args_end(args, e));
	TRY(client_find_uuid(&c, a, word, &uuid, e));
	TRY(client_get_json(&c, a, arena_printf(a, "/statements/%s.json", uuid), &v, e));
	if (as_json)
		return cli_print_json(v, e);
	(void)printf(STR_FMT " " STR_FMT "\n  state   " STR_FMT "\n  issuer  " STR_FMT "\n"
		"  tlog    entry %.0f of " STR_FMT "\n",
		STR_ARG(json_get_str(v, "kind")), STR_ARG(json_get_str(v, "id")),
		STR_ARG(json_get_str(v, "state")), STR_ARG(json_get_str(json_get(v, "issuer"),
			"id")),
		json_number_or(json_get(v, "index"), -1), STR_ARG(json_get_str(v, "origin")));
	const struct json *outcome = json_path(v, "statement/credentialSubject/outcome");
	cli_print_items(json_get(outcome, "items"));
	cli_print_documents(json_get(outcome, "documents"));
	return ERR_OK;
}

static enum err_code report_bundle(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *uuid;
	struct str text;
	TRY(client_open(args, a, &c, e));
	const char *out = args_value(args, "--out");
	TRY(args_need_word(args, "id or number", &word, e));
	TRY(args_end(args, e));
	TRY(client_find_uuid(&c, a, word, &uuid, e));
	TRY(client_get(&c, a, arena_printf(a, "/statements/%s/bundle", uuid), &text, e));
	return cli_write(out, text, 0644, e);
}

/* The printed paper as the node makes it: of a report, a decision, an accreditation; with
 * --evaluation of one evaluation that the report binds. */
static enum err_code report_print(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *uuid, *out, *language, *evaluation;
	struct str pdf;
	TRY(client_open(args, a, &c, e));
	out = args_value(args, "--out");
	language = args_value(args, "--lang");
	evaluation = args_value(args, "--evaluation");
	TRY(args_need_word(args, "id or number", &word, e));
	TRY(args_end(args, e));
	TRY(client_find_uuid(&c, a, word, &uuid, e));
	TRY(client_get(&c, a, arena_printf(a, "/statements/%s/pdf?lang=%s%s%s", uuid,
		language && strcmp(language, "en") == 0 ? "en" : "zh-CN",
		evaluation ? "&evaluation=" : "", evaluation ? evaluation : ""), &pdf, e));
	return cli_write(out, pdf, 0644, e);
}

static enum err_code report_list(struct args *args, struct arena *a, struct err *e)
{
	return cli_print_list(args, a, "/reports.json", e);
}

static const struct subcommand subcommands[] = {
	{ "draft", cli_report_draft },
	{ "sign", report_sign },
	{ "submit", report_submit },
	{ "list", report_list },
	{ "show", cli_show_statement },
	{ "bundle", report_bundle },
	{ "print", report_print },
};

enum err_code report_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
