/* main.c - finds the command, runs it, turns its error into words and an exit status. */
#include <stdio.h>
#include <string.h>

#include "base/scoped.h"
#include "cli/cli.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "evidence/sandbox.h"
#include "paper/paper_worker.h"

#define COMMAND_ARENA_BYTES ((size_t)256 << 20)

const struct command commands[] = {
	{ "init", "init --dir D --domain HOST --name-zh N --name-en N [--listen H:P] [--url U] "
		"[--colour #rrggbb]",
		"Makes a node's folder: keys, token, configuration.", init_command },
	{ "serve", "serve --dir D [--rules R] [--ui U]", "Runs the node.", serve_command },
	{ "org", "org add --dir D --name N --code C --role R [--key K]... [--passphrase-file F] "
		"[--new-version] [--json]\norg list --dir D [--json]",
		"Adds and lists organisations.", org_command },
	{ "account", "account add --dir D NAME --role R... [--display N] [--organisation C] "
		"[--json]\naccount list --dir D [--json]\naccount lock --dir D NAME [--json]\n"
		"account unlock --dir D NAME [--json]\naccount reset --dir D NAME [--json]\n"
		"account roles --dir D NAME --role R... [--json]",
		"Makes accounts of people and changes them; prints invitations.",
		account_command },
	{ "audit", "audit export --dir D [--out F]\naudit verify --dir D [--json]\n"
		"audit verify F [--json]",
		"Exports the audit trail; checks that no line was changed or taken out.",
		audit_command },
	{ "key", "key new --out F [--type ed25519|sm2] [--passphrase-file F]\nkey show F [--json]",
		"Makes and shows key files.", key_command },
	{ "accredit", "accredit --dir D --lab C --number N --scheme S --edition E --items I,... "
		"--from DAY --until DAY [--type T] [--json]",
		"Accredits a laboratory for items of a scheme.", accredit_command },
	{ "agree", "agree propose --dir D --rules F --with URL [--until TIME] [--out F]\nagree "
		"sign --dir D F [--out F]\n"
		"agree publish --dir D F [--json]",
		"Proposes, signs and publishes a recognition agreement.", agree_command },
	{ "report", "report sign DRAFT|--made F --did LAB --key F [--sm2-key F] [--key-id K] "
		"[--sm2-key-id K] "
		"[--passphrase-file F] --dir D|--slot F [--out F]\n"
		"report draft --from-evaluation RESULT... [--base DRAFT] [--mapping M]\n"
		"    [--limits L] [--evidence F]... [--slices C]... [--tested-on DAY] [--out F]\n"
		"report submit --dir D F [--json]\nreport list --dir D [--json]\n"
		"report show --dir D ID|NUMBER [--json]\n"
		"report bundle --dir D ID|NUMBER [--out F]\n"
		"report print --dir D ID|NUMBER [--evaluation DIGEST] [--lang zh|en] [--out F]",
		"Signs a report on the laboratory's machine, submits and shows reports.",
			report_command },
	{ "decide", "decide request --dir D FILE [--wait] [--json]\n"
		"decide request-state --dir D ID [--json]\ndecide show --dir D ID [--json]\n"
		"decide list --dir D [--json]\ndecide --explain ID --dir D [--json]",
		"Asks for recognition, shows and replays decisions.", decide_command },
	{ "evidence", "evidence add --dir D FILE... [--type T] [--json]\nevidence list --dir D "
		"[--json]\n"
		"evidence get --dir D DIGEST --out F [--report ID]\n"
		"evidence fetch --dir D REPORT [--wait SECONDS] [--json]",
		"Keeps measurement files by digest, hands them out, fetches a peer's.",
		evidence_command },
	{ "recompute", "recompute --dir D REPORT [--files FOLDER] [--publish] [--wait SECONDS] "
		"[--rules R] [--json]",
		"Judges a report's evidence again and says exactly what differs.",
		recompute_command },
	{ "slice", "slice commit FILE --mapping M --seed F [--block T] [--out F]\n"
		"slice make FILE --mapping M --seed F --channels A,... --from T --to T\n"
		"    [--block T] [--out F]\n"
		"slice check SLICE --report F [--json]",
		"Shows a part of a measurement that a report binds; the rest stays hidden.",
		slice_command },
	{ "listing", "listing post --dir D FILE... [--reviewed] [--json]\n"
		"listing withdraw --dir D ID [--reason R] [--erase] [--json]\n"
		"listing list --dir D [--text T] [--kind K] [--json]",
		"Posts, withdraws and finds listings of organisations.", listing_command },
	{ "withdraw", "withdraw ID --dir D --reason-zh R --reason-en R [--status S] [--did LAB "
		"--key F [--sm2-key F]] [--json]",
		"Withdraws, suspends or reinstates a statement, with a reason.", withdraw_command },
	{ "verify", "verify BUNDLE --trust POLICY [--json]", "Checks a bundle offline.",
		verify_command },
	{ "tlog", "tlog checkpoint --dir D [--json|--out F]\ntlog policy --dir D [--json|--out F]\n"
		"tlog entry --dir D N [--json]\ntlog proof --dir D ID [--json|--out F]",
		"Shows the transparency log.", tlog_command },
	{ "peer", "peer add --dir D URL\npeer list --dir D [--json]\n"
		"peer trust --dir D DOMAIN --because REASON", "Adds and lists peers; restores "
		"trust in one whose log forked and was mended.", peer_command },
	{ "backup", "backup --dir D --out FOLDER [--with-keys]", "Copies a node, running or not.",
		backup_command },
	{ "restore", "restore --from FOLDER --dir D\nrestore --rehearse FOLDER --dir D [--json]\n"
		"restore --dir D --lift-ban [--without-witness]", "Brings a copy back; tries one "
		"out and throws it away; lifts a ban on signing once its reason is seen to.",
		restore_command },
	{ "evaluate", "evaluate --scheme ID[:EDITION] --scenario ID [--mapping FILE] "
		"[--limits FILE] [--set [RUN:]NAME=VALUE]... [--json] [--out RESULT] "
		"[--picture FOLDER] [--plots] [--threads N] [--lang zh|en] "
		"[--run-files FILE+FILE]... FILE...",
		"Judges runs of a scenario from measurement files.", evaluate_command },
	{ "channels", "channels FILE [--mapping FILE] [--sums] [--json]",
		"Lists what a measurement file holds.", channels_command },
	{ "sandbox-check", "sandbox-check [--json]",
		"Tells how the process is confined that reads measurement files.",
		sandbox_check_command },
	{ "fsck", "fsck --dir D [--json]", "Derives everything again from the formats and "
		"compares.", fsck_command },
	{ "limits", "limits [--json]", "Lists every limit.", limits_command },
	{ "bench", "bench [--json]", "Measures this machine: signatures, hashes, canonical JSON, "
		"decisions.",
		bench_command },
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

static void print_usage(FILE *out, const struct command *c)
{
	const char *at = c->usage;
	while (*at) {
		size_t len = strcspn(at, "\n");
		(void)fprintf(out, "  huren %.*s\n", (int)len, at);
		at += len + (at[len] == '\n');
	}
	(void)fprintf(out, "      %s\n", c->help);
}

static void print_help(FILE *out)
{
	(void)fprintf(out, "huren 互认: test once, recognised in both cities\n\n");
	for (size_t i = 0; i < command_count; i++)
		print_usage(out, &commands[i]);
	(void)fprintf(out, "\nWhere a command asks a running node: --dir D, its folder on this "
		"machine, or --node URL [--token-file F].\n"
		"Exit status: 0 done; 2 wrong use; 65 and above say why not, see huren(1).\n");
}

static void print_error(const struct err *e)
{
	if (e->line > 0)
		(void)fprintf(stderr, "huren: %s (line %u, column %u)\n", e->message, e->line,
			e->column);
	else
		(void)fprintf(stderr, "huren: %s\n", e->message);
	if (e->hint[0] != '\0')
		(void)fprintf(stderr, "       %s\n", e->hint);
}

static int run(const struct command *c, struct args *args)
{
	SCOPED_ARENA a;
	struct err e = { 0 };
	arena_init(&a, COMMAND_ARENA_BYTES);
	if (args_flag(args, "--help")) {
		print_usage(stdout, c);
		return 0;
	}
	enum err_code code = c->run(args, &a, &e);
	digest_thread_clear();
	if (code == ERR_OK)
		return args->exit_status;
	print_error(&e);
	return args->wrong_use ? 2 : err_class(code)->exit_code;
}

int main(int argc, char **argv)
{
	/* Not for people: sandbox.h starts it with its socket as descriptor 3. */
	if (argc == 2 && strcmp(argv[1], "sandbox-worker") == 0)
		return sandbox_worker(3);
	if (argc == 2 && strcmp(argv[1], "paper-worker") == 0) /* paper_worker.h starts it */
		return paper_worker();
	key_library_init();
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("huren %s\n", HUREN_VERSION);
		return 0;
	}
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			struct args args = { .count = argc - 2, .at = argv + 2,
				.command = argv[1] };
			return run(&commands[i], &args);
		}
	}
	(void)fprintf(stderr, "huren: there is no command \"%s\"\n       Run \"huren help\".\n",
		argv[1]);
	return 2;
}
