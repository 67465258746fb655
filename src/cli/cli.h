/* cli.h - the commands of `huren`, their arguments and their output.
 *
 * Is:      argument parsing, printing, one file a command.
 * Is not:  logic: a command calls the running node over HTTP (client.h) or a lower floor on files.
 */
#ifndef HUREN_CLI_CLI_H
#define HUREN_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "evidence/sandbox_policy.h"

/* Arguments after the command's name. Taking an option removes it; args_end refuses what is left.
 */
struct args {
	int count;
	char **at;
	const char *command;
	bool wrong_use;        /* set by args_need, args_need_word, args_end: exit status 2 */
	int exit_status;       /* of a command that succeeded and has more to tell; else 0 */
};

struct command {
	const char *name;
	const char *usage;     /* after "huren ", one form a line */
	const char *help;      /* one sentence */
	enum err_code (*run)(struct args *args, struct arena *a, struct err *e);
};
extern const struct command commands[];
extern const size_t command_count;

struct subcommand {
	const char *name;
	enum err_code (*run)(struct args *args, struct arena *a, struct err *e);
};
/* Runs what the next word names; wrong use when it names none of them. */
MUST_USE enum err_code args_run(struct args *args, struct arena *a,
	const struct subcommand *table, size_t count, struct err *e);

bool args_flag(struct args *args, const char *name);                 /* --json */
const char *args_value(struct args *args, const char *name);         /* --dir D or --dir=D; NULL */
/* ERR_INVALID when it is missing. */
MUST_USE enum err_code args_need(struct args *args, const char *name, const char **ret,
	struct err *e);
/* The next word that is no option, or NULL. */
const char *args_word(struct args *args);
MUST_USE enum err_code args_need_word(struct args *args, const char *what, const char **ret,
	struct err *e);
/* ERR_INVALID when anything is left over. */
MUST_USE enum err_code args_end(struct args *args, struct err *e);

/* What this process makes is for its user alone: a node's folder holds keys and bodies. */
void cli_keep_private(void);
/* Indented JSON on standard output. */
MUST_USE enum err_code cli_print_json(const struct json *v, struct err *e);
/* A file, or standard input for "-". */
MUST_USE enum err_code cli_read(struct arena *a, const char *path, size_t max, struct str *ret,
	struct err *e);
/* To a file (durable), or standard output for NULL and "-". */
MUST_USE enum err_code cli_write(const char *path, struct str bytes, unsigned mode, struct err *e);
/* First line of --passphrase-file F, or of the terminal; empty without either. */
MUST_USE enum err_code cli_passphrase(struct args *args, struct arena *a, struct str *ret,
	struct err *e);

/* GETs a list page's twin and prints its rows; the page of one statement by id or number. */
MUST_USE enum err_code cli_print_list(struct args *args, struct arena *a, const char *path,
	struct err *e);
MUST_USE enum err_code cli_show_statement(struct args *args, struct arena *a, struct err *e);
/* The rows and the documents of a decision's outcome, one line each and its reason in both
 * languages. */
void cli_print_items(const struct json *items);
void cli_print_documents(const struct json *documents);

/* --rules R and --ui U, else HUREN_RULES and HUREN_UI, else what was installed, else the sources.
 */
const char *cli_rules_folder(struct args *args);
const char *cli_ui_folder(struct args *args);
/* `huren restore --rehearse`: puts the backup back into a folder that is thrown away, and says what
 * is proven of it. ERR_CORRUPT: damaged; ERR_UNPROVEN: no witness has cosigned it. The result also
 * stands in the backup as rehearsed.json. */
MUST_USE enum err_code rehearse_run(const char *dir, const char *backup, bool as_json,
	struct arena *a, struct err *e);
/* Says on standard error what the kernel lacks to confine the process that reads files. */
void cli_note_sandbox(struct sandbox_active active);

MUST_USE enum err_code init_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code serve_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code org_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code account_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code audit_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code key_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code accredit_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code agree_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code report_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code decide_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code cli_report_draft(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code recompute_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code slice_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code evidence_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code listing_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code withdraw_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code verify_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code tlog_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code peer_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code backup_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code restore_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code fsck_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code evaluate_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code channels_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code sandbox_check_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code limits_command(struct args *args, struct arena *a, struct err *e);
MUST_USE enum err_code bench_command(struct args *args, struct arena *a, struct err *e);

#endif
