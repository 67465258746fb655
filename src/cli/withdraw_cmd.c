/* withdraw_cmd.c - `huren withdraw`: a status statement, by the issuer's key or by the authority.
 */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "cli/signer.h"
#include "credential/statement.h"

static struct json *reason_of(struct arena *a, const char *zh, const char *en)
{
	struct json *reason = json_new_object(a);
	if (zh)
		json_set_text(a, reason, "zh-CN", zh);
	if (en)
		json_set_text(a, reason, "en", en);
	return reason;
}

/* Signed here with the issuer's key; the digest of the target comes from the node's public page. */
static enum err_code by_issuer(struct args *args, struct arena *a, const struct client *c,
	const char *uuid, const char *status, struct json *reason, struct json **ret, struct err *e)
{
	struct signer signer;
	struct json *target;
	struct str jwt, text;
	TRY(client_get_json(c, a, arena_printf(a, "/statements/%s.json", uuid), &target, e));
	TRY(signer_open(args, a, &signer, e));
	enum err_code code = args_end(args, e);
	uint8_t own[16];
	key_random(own, sizeof(own));
	statement_uuid_shape(own);
	struct json *subject = json_new_object(a);
	json_set_str(a, subject, "id", json_get_str(target, "id"));
	json_set_text(a, subject, "type", "StatusChange");
	json_set_str(a, subject, "digest", json_get_str(target, "digest"));
	json_set_text(a, subject, "status", status);
	json_set(a, subject, "reason", reason);
	int64_t now = instant_now();
	struct str name = json_get_str(json_get(target, "issuer"), "name");
	struct json *doc = statement_new(a, KIND_STATUS, own, signer.did, name.at ? name
		: signer.did, now,
		subject);
	if (code == ERR_OK)
		code = signer_sign(&signer, a, doc, now, &jwt, e);
	signer_close(&signer);
	TRY(code);
	TRY(json_jcs(a, doc, &text, e));
	return client_post(c, a, "/api/v1/statements", "application/vc", text, ret, e);
}

static enum err_code by_authority(struct args *args, struct arena *a, const struct client *c,
	const char *uuid, const char *status, struct json *reason, struct json **ret, struct err *e)
{
	TRY(args_end(args, e));
	struct json *request = json_new_object(a);
	json_set_text(a, request, "id", arena_printf(a, "urn:uuid:%s", uuid));
	json_set_text(a, request, "status", status);
	json_set(a, request, "reason", reason);
	return client_post_json(c, a, "/api/v1/status-changes", request, ret, e);
}

enum err_code withdraw_command(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *word, *uuid;
	struct json *answer;
	TRY(client_open(args, a, &c, e));
	const char *zh = args_value(args, "--reason-zh");
	const char *en = args_value(args, "--reason-en");
	const char *status = args_value(args, "--status");
	bool as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "statement id", &word, e));
	TRY(client_uuid(a, word, &uuid, e));
	if (!zh && !en) {
		(void)err_set(e, ERR_INVALID, "the reason is missing");
		return err_hint(e, "Say why: --reason-zh, --reason-en, or both.");
	}
	if (!status)
		status = "withdrawn";
	bool issuer = false;
	for (int i = 0; i < args->count; i++)
		issuer = issuer || strncmp(args->at[i], "--key", 5) == 0;
	struct json *reason = reason_of(a, zh, en);
	TRY(issuer ? by_issuer(args, a, &c, uuid, status, reason, &answer, e)
		: by_authority(args, a, &c, uuid, status, reason, &answer, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("%s: urn:uuid:%s, by statement " STR_FMT "\n", status, uuid,
		STR_ARG(json_get_str(answer, "id")));
	return ERR_OK;
}
