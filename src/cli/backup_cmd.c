/* backup_cmd.c - `huren backup` and `huren restore`. */
#include "cli/cli.h"
#include "store/backup.h"

enum err_code backup_command(struct args *args, struct arena *a, struct err *e)
{
	const char *dir, *out;
	(void)a;
	cli_keep_private();
	TRY(args_need(args, "--dir", &dir, e));
	TRY(args_need(args, "--out", &out, e));
	bool with_keys = args_flag(args, "--with-keys");
	TRY(args_end(args, e));
	TRY(backup_take(dir, out, with_keys, e));
	(void)printf("backup of %s in %s%s\n", dir, out, with_keys ? ", with its keys: keep it safe"
		: "; without keys, token and node.json: keep those apart and safe");
	return ERR_OK;
}

static enum err_code lift_ban(struct args *args, const char *dir, struct err *e)
{
	bool alone = args_flag(args, "--without-witness");
	TRY(args_end(args, e));
	TRY(backup_lift_bans(dir, alone, e));
	(void)printf("the ban on signing is lifted in %s%s\n", dir,
		alone ? ", and its size is taken as confirmed" : "");
	return ERR_OK;
}

enum err_code restore_command(struct args *args, struct arena *a, struct err *e)
{
	const char *from, *dir, *rehearsed;
	cli_keep_private();
	TRY(args_need(args, "--dir", &dir, e));
	if (args_flag(args, "--lift-ban"))
		return lift_ban(args, dir, e);
	rehearsed = args_value(args, "--rehearse");
	if (rehearsed) {
		bool as_json = args_flag(args, "--json");
		TRY(args_end(args, e));
		return rehearse_run(dir, rehearsed, as_json, a, e);
	}
	TRY(args_need(args, "--from", &from, e));
	TRY(args_end(args, e));
	TRY(backup_restore(from, dir, e));
	(void)printf("restored into %s\nWithout keys in the backup, put keys/, token and node.json "
		"back. "
		"The node asks its witnesses for its own size before it signs again.\n", dir);
	return ERR_OK;
}
