/* key_cmd.c - `huren key`: key files, made and kept where their owner is. */
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "crypto/key.h"

static enum err_code key_new(struct args *args, struct arena *a, struct err *e)
{
	const char *out;
	struct str passphrase, text;
	struct key k;
	TRY(args_need(args, "--out", &out, e));
	const char *type = args_value(args, "--type");
	TRY(cli_passphrase(args, a, &passphrase, e));
	TRY(args_end(args, e));
	bool sm2 = type && strcmp(type, "sm2") == 0;
	if (type && !sm2 && strcmp(type, "ed25519") != 0)
		return err_set(e, ERR_INVALID, "option --type: ed25519 or sm2");
	if (io_exists(out))
		return err_set(e, ERR_CONFLICT, "file \"%s\" exists; a key is never overwritten",
			out);
	TRY(key_generate(sm2 ? KEY_SM2 : KEY_ED25519, &k, e));
	struct str public_text = key_public_multikey(a, &k.pub);
	enum err_code code = key_file_text(a, &k, passphrase, &text, e);
	key_clear(&k);
	TRY(code);
	TRY(io_write_durable(out, text, 0600, e));
	(void)printf(STR_FMT "\n", STR_ARG(public_text));
	return ERR_OK;
}

static enum err_code key_show(struct args *args, struct arena *a, struct err *e)
{
	const char *path;
	struct str text;
	struct json *v;
	TRY(args_need_word(args, "key file", &path, e));
	bool as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	TRY(io_read_file(a, path, 65536, &text, e));
	TRY(json_parse(a, text, &v, e));
	struct json *shown = json_new_object(a);
	json_set_str(a, shown, "type", json_get_str(v, "type"));
	json_set_str(a, shown, "public", json_get_str(v, "public"));
	json_set(a, shown, "sealed", json_new_bool(a, key_file_is_sealed(text)));
	if (as_json)
		return cli_print_json(shown, e);
	(void)printf(STR_FMT " " STR_FMT "%s\n", STR_ARG(json_get_str(v, "type")),
		STR_ARG(json_get_str(v, "public")), key_file_is_sealed(text) ? " (sealed)" : "");
	return ERR_OK;
}

static const struct subcommand subcommands[] = {
	{ "new", key_new },
	{ "show", key_show },
};

enum err_code key_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
