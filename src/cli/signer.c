/* signer.c - see signer.h. */
#include "cli/signer.h"

#include "base/io.h"
#include "credential/proof.h"

static enum err_code load(struct arena *a, const char *path, struct str passphrase, struct key *ret,
	struct err *e)
{
	struct str text;
	TRY(io_read_file(a, path, 65536, &text, e));
	if (key_file_parse(text, passphrase, ret, e) != ERR_OK) {
		(void)err_in(e, "key file \"%s\"", path);
		return key_file_is_sealed(text) && passphrase.len == 0
			? err_hint(e, "The key is sealed: give --passphrase-file F.") : e->code;
	}
	return ERR_OK;
}

enum err_code signer_open(struct args *args, struct arena *a, struct signer *ret, struct err *e)
{
	const char *did, *path;
	struct str passphrase;
	*ret = (struct signer){ 0 };
	TRY(args_need(args, "--did", &did, e));
	TRY(args_need(args, "--key", &path, e));
	const char *id = args_value(args, "--key-id");
	const char *sm2 = args_value(args, "--sm2-key");
	const char *sm2_id = args_value(args, "--sm2-key-id");
	TRY(cli_passphrase(args, a, &passphrase, e));
	ret->did = str_of(did);
	ret->method = str_printf(a, "%s#%s", did, id ? id : "key-1");
	ret->sm2_method = str_printf(a, "%s#%s", did, sm2_id ? sm2_id : "key-2");
	if (!ret->method.at || !ret->sm2_method.at)
		return err_set(e, ERR_TOO_LARGE, "option --did is too long");
	TRY(load(a, path, passphrase, &ret->key, e));
	if (!sm2)
		return ERR_OK;
	enum err_code code = load(a, sm2, passphrase, &ret->sm2_key, e);
	if (code != ERR_OK)
		signer_close(ret);
	return code;
}

void signer_close(struct signer *s)
{
	key_clear(&s->key);
	key_clear(&s->sm2_key);
}

enum err_code signer_sign(const struct signer *s, struct arena *a, struct json *doc, int64_t now,
	struct str *ret_jwt, struct err *e)
{
	TRY(vc_jwt_sign(a, doc, &s->key, s->method, ret_jwt, e));
	TRY(proof_add(a, doc, &s->key, s->method, now, e));
	if (s->sm2_key.pub.type == KEY_NONE)
		return ERR_OK;
	return proof_add(a, doc, &s->sm2_key, s->sm2_method, now, e);
}
