/* verify_cmd.c - `huren verify`: a bundle, a trust policy, no network. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "credential/bundle.h"

static const char *const state_words[] = { [STEP_HELD] = "held", [STEP_FAILED] = "failed",
	[STEP_UNKNOWN] = "unknown" };
static const char *const state_marks[] = { [STEP_HELD] = "✓", [STEP_FAILED] = "✗",
	[STEP_UNKNOWN] = "?" };

static struct json *found_model(struct arena *a, const struct bundle_found *f)
{
	struct json *v = json_new_object(a);
	struct json *steps = json_new_array(a);
	char time[INSTANT_TEXT_BYTES];
	for (uint32_t i = 0; i < f->step_count; i++) {
		struct json *step = json_new_object(a);
		json_set_text(a, step, "step", f->steps[i].step);
		json_set_text(a, step, "state", state_words[f->steps[i].state]);
		json_set_text(a, step, "detail", f->steps[i].detail);
		json_push(a, steps, step);
	}
	json_set_text(a, v, "verdict", !f->good ? "bad" : f->withdrawn ? "withdrawn" : "good");
	json_set(a, v, "steps", steps);
	json_set_number(a, v, "signatures", f->signature_count);
	if (!f->statement.doc)
		return v;
	instant_format(f->as_of, time);
	json_set_str(a, v, "id", f->statement.id);
	json_set_text(a, v, "kind", kind_row(f->statement.kind)->name);
	json_set_str(a, v, "issuer", f->statement.issuer);
	json_set_str(a, v, "digest", base64url_new(a, f->statement.digest.at, DIGEST_BYTES));
	json_set_str(a, v, "origin", f->origin.at ? f->origin : STR(""));
	json_set_number(a, v, "index", (double)f->index);
	json_set_number(a, v, "witnesses", f->witnesses);
	json_set_str(a, v, "as_of", str_copy(a, str_of(time)));
	return v;
}

static void print_found(const struct bundle_found *f)
{
	for (uint32_t i = 0; i < f->step_count; i++)
		(void)printf("  %s %-13s %s\n", state_marks[f->steps[i].state], f->steps[i].step,
			f->steps[i].detail);
	if (f->statement.doc) {
		char time[INSTANT_TEXT_BYTES];
		instant_format(f->as_of, time);
		(void)printf("  %s " STR_FMT "\n  issued by " STR_FMT ", as of %s\n",
			kind_row(f->statement.kind)->name, STR_ARG(f->statement.id),
			STR_ARG(f->statement.issuer), time);
	}
	(void)printf("%s\n", !f->good ? "NOT GOOD: do not rely on it 核验未通过"
		: f->withdrawn ? "GENUINE, BUT WITHDRAWN OR SUSPENDED 真实，但已撤回或暂停"
		: "GOOD: genuine, logged, witnessed 核验通过");
}

enum err_code verify_command(struct args *args, struct arena *a, struct err *e)
{
	const char *trust, *path;
	struct str policy_text, bytes;
	struct policy *policy;
	struct bundle_found *found = ARENA_NEW(a, struct bundle_found);
	bool as_json = args_flag(args, "--json");
	TRY(args_need(args, "--trust", &trust, e));
	TRY(args_need_word(args, "bundle file", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, trust, LIMIT_NOTE_BYTES, &policy_text, e));
	if (policy_parse(a, policy_text, &policy, e) != ERR_OK)
		return err_in(e, "trust policy \"%s\"", trust);
	TRY(cli_read(a, path, LIMIT_BUNDLE_BYTES, &bytes, e));
	if (!found)
		return err_set(e, ERR_TOO_LARGE, "no room for the result");
	TRY(bundle_verify(a, bytes, policy, instant_now(), found, e));
	if (as_json)
		TRY(cli_print_json(found_model(a, found), e));
	else
		print_found(found);
	if (!found->good)
		return err_set(e, ERR_DENIED, "bundle \"%s\" does not hold", path);
	if (found->withdrawn)
		return err_set(e, ERR_CONFLICT, "statement is withdrawn or suspended");
	return ERR_OK;
}
