/* draft_cmd.c - `huren report draft`: item results from evaluation documents. */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "credential/slice.h"
#include "recognition/evaluation_binding.h"
#include "recognition/report_draft.h"
#include "service/rules_folder.h"
#include "store/blobs.h"

#define DOCUMENT_BYTES_MAX ((size_t)64 << 20)

/* The document as it will be handed in: its bytes are what the report binds. */
static enum err_code read_evaluation(struct arena *a, const char *path, struct json **ret,
	struct err *e)
{
	struct str text, jcs;
	TRY(cli_read(a, path, DOCUMENT_BYTES_MAX, &text, e));
	if (json_parse(a, text, ret, e) != ERR_OK || json_jcs(a, *ret, &jcs, e) != ERR_OK)
		return err_in(e, "evaluation \"%s\"", path);
	if (str_eq(text, jcs))
		return ERR_OK;
	(void)err_set(e, ERR_INVALID, "evaluation \"%s\" is not in its canonical form", path);
	return err_hint(e, "Use the file that \"huren evaluate --out\" wrote, as it is.");
}

static enum err_code add_evaluation(struct arena *a, const struct rules *rules, const char *path,
	struct str tested_on, struct json *draft, struct err *e)
{
	struct json *doc = NULL;
	TRY(read_evaluation(a, path, &doc, e));
	const struct json *named = json_get(doc, "scheme");
	struct str id = json_get_str(named, "id"), edition = json_get_str(named, "edition");
	const struct scheme *scheme = rules_scheme(rules, id, edition);
	if (!scheme)
		return err_set(e, ERR_NOT_FOUND, "evaluation \"%s\" is of scheme \"" STR_FMT ":"
			STR_FMT "\", which is not here", path, STR_ARG(id), STR_ARG(edition));
	if (report_draft_add_evaluation(a, draft, scheme, doc, tested_on, e) != ERR_OK)
		return err_in(e, "evaluation \"%s\"", path);
	return ERR_OK;
}

/* An entry for a file beside the runs' own: mapping, limits, DBC. */
static enum err_code add_file(struct arena *a, const char *path, const char *type,
	struct json *draft, struct err *e)
{
	const struct json *list = json_get(draft, "evidence");
	const char *slash = strrchr(path, '/');
	struct json *v = json_new_object(a), *longer = json_new_array(a);
	struct digest d;
	uint64_t bytes;
	TRY(blob_digest_file(path, &d, &bytes, e));
	struct str digest = base64url_new(a, d.at, DIGEST_BYTES);
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "digest"), digest))
			return ERR_OK;
		longer = json_push(a, longer, json_copy(a, json_at(list, i)));
	}
	v = json_set_number(a, v, "bytes", (double)bytes);
	v = json_set_str(a, v, "digest", digest);
	v = json_set_text(a, v, "mediaType", type);
	v = json_set_text(a, v, "name", slash ? slash + 1 : path);
	if (!json_set(a, draft, "evidence", json_push(a, longer, v)))
		return err_set(e, ERR_TOO_LARGE, "draft needs too much memory");
	return ERR_OK;
}

/* The commitment that `huren slice commit` wrote, beside the file it is of. */
static enum err_code add_slices(struct arena *a, const char *path, struct json *draft,
	struct err *e)
{
	const struct json *list = json_get(draft, "evidence");
	struct slice_commitment c;
	struct json *v, *changed = json_new_array(a);
	struct str text;
	bool found = false;
	TRY(cli_read(a, path, 65536, &text, e));
	TRY(json_parse(a, text, &v, e));
	if (slice_commitment_parse(json_get(v, "slices"), &c, e) != ERR_OK)
		return err_in(e, "commitment \"%s\"", path);
	for (size_t i = 0; i < json_count(list); i++) {
		struct json *entry = json_copy(a, json_at(list, i));
		if (str_eq(json_get_str(entry, "digest"), json_get_str(v, "file"))) {
			entry = json_set(a, entry, "slices", slice_commitment_json(a, &c));
			found = true;
		}
		changed = json_push(a, changed, entry);
	}
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "commitment \"%s\" is of no file of the draft",
			path);
	(void)json_set(a, draft, "evidence", changed); /* a full arena is seen when it is written */
	return ERR_OK;
}

struct option_files { const char *option, *type; };

static enum err_code add_others(struct args *args, struct arena *a, struct json *draft,
	struct err *e)
{
	static const struct option_files kinds[] = { { "--mapping", MAPPING_MEDIA_TYPE },
		{ "--limits", ENTERED_LIMITS_MEDIA_TYPE }, { "--evidence", NULL } };
	const char *path;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		while ((path = args_value(args, kinds[i].option)))
			TRY(add_file(a, path, kinds[i].type ? kinds[i].type
				: client_media_type(path), draft, e));
	}
	while ((path = args_value(args, "--slices")))
		TRY(add_slices(a, path, draft, e));
	return ERR_OK;
}

static enum err_code fill(struct args *args, struct arena *a, const struct rules *rules,
	struct json *draft, struct err *e)
{
	const char *day = args_value(args, "--tested-on"), *path;
	bool any = false;
	while ((path = args_value(args, "--from-evaluation"))) {
		TRY(add_evaluation(a, rules, path, str_of(day), draft, e));
		any = true;
	}
	TRY(add_others(args, a, draft, e));
	if (any)
		return ERR_OK;
	args->wrong_use = true;
	return err_set(e, ERR_INVALID, "option --from-evaluation is missing");
}

enum err_code cli_report_draft(struct args *args, struct arena *a, struct err *e)
{
	const char *base = args_value(args, "--base"), *out = args_value(args, "--out");
	const char *folder = cli_rules_folder(args);
	struct rules *rules = NULL;
	struct json *draft = json_new_object(a);
	struct str text;
	SCOPED_BUF b = { 0 };
	if (base) {
		TRY(cli_read(a, base, LIMIT_STATEMENT_BYTES, &text, e));
		if (json_parse(a, text, &draft, e) != ERR_OK)
			return err_in(e, "draft \"%s\"", base);
		draft = json_copy(a, draft);
	}
	TRY(rules_folder_load(folder, &rules, e));
	enum err_code code = fill(args, a, rules, draft, e);
	if (code == ERR_OK)
		code = args_end(args, e);
	buf_init(&b, LIMIT_STATEMENT_BYTES);
	if (code == ERR_OK)
		code = json_put_pretty(&b, draft, e);
	rules_close(rules);
	if (code != ERR_OK)
		return code;
	buf_put_char(&b, '\n');
	TRY(buf_check(&b, "draft", e));
	return cli_write(out, buf_str(&b), 0644, e);
}
