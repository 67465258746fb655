/* account_cmd.c - `huren account` and `huren audit`: people of a node, and what they did. */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/client.h"
#include "cli/cli.h"
#include "service/audit.h"

#define TRAIL_BYTES_MAX ((size_t)128 << 20)

/* ---- accounts -------------------------------------------------------------------------------- */

static struct json *take_roles(struct args *args, struct arena *a)
{
	struct json *roles = json_new_array(a);

	for (const char *role; (role = args_value(args, "--role")) != NULL;)
		roles = json_push(a, roles, json_new_text(a, role));
	return roles;
}

/* The link is the only copy: it is not stored. */
static enum err_code print_invitation(const struct json *answer, bool as_json, struct err *e)
{
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("account " STR_FMT "\n  open once, before " STR_FMT ":\n  " STR_FMT "\n",
		STR_ARG(json_get_str(answer, "name")), STR_ARG(json_get_str(answer, "expires")),
		STR_ARG(json_get_str(answer, "link")));
	return ERR_OK;
}

static enum err_code account_add(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	struct json *request = json_new_object(a), *answer;
	const char *name, *display, *organisation;
	bool as_json;

	TRY(client_open(args, a, &c, e));
	request = json_set(a, request, "roles", take_roles(args, a));
	display = args_value(args, "--display");
	organisation = args_value(args, "--organisation");
	as_json = args_flag(args, "--json");
	TRY(args_need_word(args, "name of the account", &name, e));
	TRY(args_end(args, e));
	request = json_set_text(a, request, "name", name);
	if (display)
		request = json_set_text(a, request, "display", display);
	if (organisation)
		request = json_set_text(a, request, "organisation", organisation);
	TRY(client_post_json(&c, a, "/api/v1/accounts", request, &answer, e));
	return print_invitation(answer, as_json, e);
}

static void print_account(const struct json *row)
{
	const struct json *duties = json_get(row, "duties");

	(void)printf(STR_FMT "  " STR_FMT "  ", STR_ARG(json_get_str(row, "name")),
		STR_ARG(json_get_str(row, "standing")));
	for (size_t i = 0; i < json_count(duties); i++)
		(void)printf("%s" STR_FMT, i > 0 ? "," : "",
			STR_ARG(json_get_str(json_at(duties, i), "duty")));
	(void)printf("  " STR_FMT "  " STR_FMT "\n", STR_ARG(json_get_str(row, "display")),
		STR_ARG(json_get_str(json_get(row, "organisation"), "registered_id")));
}

/* Every page, one after the other. */
static enum err_code account_list(struct args *args, struct arena *a, struct err *e)
{
	struct client c;
	const char *path = "/api/v1/accounts";
	bool as_json;

	TRY(client_open(args, a, &c, e));
	as_json = args_flag(args, "--json");
	TRY(args_end(args, e));
	while (path) {
		struct json *v;
		struct str next;
		TRY(client_get_json(&c, a, path, &v, e));
		next = json_get_str(v, "next");
		for (size_t i = 0; i < json_count(json_get(v, "rows")) && !as_json; i++)
			print_account(json_at(json_get(v, "rows"), i));
		if (as_json)
			TRY(cli_print_json(v, e));
		/* Names have only characters that stand in an address as they are, and "@". */
		path = next.at ? arena_printf(a, "/api/v1/accounts?after=" STR_FMT, STR_ARG(next)) :
			NULL;
	}
	return ERR_OK;
}

static enum err_code change(struct args *args, struct arena *a, const char *what,
	struct json **ret, bool *ret_json, struct err *e)
{
	struct client c;
	struct json *request = json_new_object(a);
	const char *name, *path;

	TRY(client_open(args, a, &c, e));
	if (strcmp(what, "roles") == 0)
		request = json_set(a, request, "roles", take_roles(args, a));
	*ret_json = args_flag(args, "--json");
	TRY(args_need_word(args, "name of the account", &name, e));
	TRY(args_end(args, e));
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-@") != strlen(name))
		return err_set(e, ERR_INVALID, "no account can have this name");
	path = arena_printf(a, "/api/v1/accounts/%s/%s", name, what);
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "address too long");
	return client_post_json(&c, a, path, request, ret, e);
}

static enum err_code change_and_tell(struct args *args, struct arena *a, const char *what,
	const char *told, struct err *e)
{
	struct json *answer;
	bool as_json;

	TRY(change(args, a, what, &answer, &as_json, e));
	if (as_json)
		return cli_print_json(answer, e);
	(void)printf("account " STR_FMT " %s\n", STR_ARG(json_get_str(answer, "name")), told);
	return ERR_OK;
}

static enum err_code account_lock(struct args *args, struct arena *a, struct err *e)
{
	return change_and_tell(args, a, "lock", "is locked; its sessions ended", e);
}

static enum err_code account_unlock(struct args *args, struct arena *a, struct err *e)
{
	return change_and_tell(args, a, "unlock", "is unlocked", e);
}

static enum err_code account_roles(struct args *args, struct arena *a, struct err *e)
{
	return change_and_tell(args, a, "roles", "has these roles now", e);
}

static enum err_code account_reset(struct args *args, struct arena *a, struct err *e)
{
	struct json *answer;
	bool as_json;

	TRY(change(args, a, "reset", &answer, &as_json, e));
	return print_invitation(answer, as_json, e);
}

enum err_code account_command(struct args *args, struct arena *a, struct err *e)
{
	static const struct subcommand table[] = {
		{ "add", account_add }, { "list", account_list }, { "lock", account_lock },
		{ "unlock", account_unlock }, { "reset", account_reset },
		{ "roles", account_roles },
	};

	return args_run(args, a, table, sizeof(table) / sizeof(table[0]), e);
}

/* ---- the audit trail ------------------------------------------------------------------------- */

/* Number of the last line of an answer, 0 when it is empty. */
static enum err_code last_number(struct arena *a, struct str text, uint64_t *ret, struct err *e)
{
	struct str last = STR("");
	struct json *v;

	while (text.len > 0)
		last = str_cut(&text, '\n');
	*ret = 0;
	if (last.len == 0)
		return ERR_OK;
	TRY(json_parse(a, last, &v, e));
	return json_need_u64(json_get(v, "line"), "seq", ret, e);
}

/* All of the trail of a running node; an answer holds a part of it. What the export adds to the
 * trail itself comes later. */
static enum err_code fetch(const struct client *c, struct arena *a, struct buf *b, struct err *e)
{
	uint64_t after = 0, lines;

	do {
		struct str part, rest;
		uint64_t last;
		TRY(client_get(c, a, arena_printf(a, "/api/v1/audit?after=%llu",
			(unsigned long long)after), &part, e));
		buf_put_str(b, part);
		TRY(last_number(a, part, &last, e));
		lines = 0;
		for (rest = part; rest.len > 0; lines++)
			(void)str_cut(&rest, '\n');
		after = last;
	} while (lines == LIMIT_AUDIT_EXPORT_LINES);
	return buf_check(b, "audit trail", e);
}

static enum err_code audit_export(struct args *args, struct arena *a, struct err *e)
{
	const char *out = args_value(args, "--out");
	SCOPED_BUF b = { 0 };
	struct client c;

	TRY(client_open(args, a, &c, e));
	TRY(args_end(args, e));
	buf_init(&b, TRAIL_BYTES_MAX);
	TRY(fetch(&c, a, &b, e));
	return cli_write(out, buf_str(&b), 0600, e);
}

static enum err_code read_trail(struct args *args, struct arena *a, struct buf *b, bool *ret_json,
	struct err *e)
{
	const char *path;
	struct client c;
	struct str text;

	*ret_json = args_flag(args, "--json");
	for (int i = 0; i < args->count; i++)
		if (strncmp(args->at[i], "--dir", 5) == 0 ||
			strncmp(args->at[i], "--node", 6) == 0) {
			TRY(client_open(args, a, &c, e));
			TRY(args_end(args, e));
			return fetch(&c, a, b, e);
		}
	TRY(args_need_word(args, "exported file", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, path, TRAIL_BYTES_MAX, &text, e));
	buf_put_str(b, text);
	return buf_check(b, "audit trail", e);
}

static enum err_code audit_verify(struct args *args, struct arena *a, struct err *e)
{
	struct json *v = json_new_object(a);
	struct audit_checked checked;
	SCOPED_BUF b = { 0 };
	struct str head;
	bool as_json;

	buf_init(&b, TRAIL_BYTES_MAX);
	TRY(read_trail(args, a, &b, &as_json, e));
	TRY(audit_check(b.len > 0 ? buf_str(&b) : STR(""), &checked, e));
	head = base64url_new(a, checked.head.at, DIGEST_BYTES);
	v = json_set_number(a, v, "first", (double)checked.first);
	v = json_set_number(a, v, "last", (double)checked.last);
	v = json_set_number(a, v, "lines", (double)checked.count);
	v = json_set_str(a, v, "head", head);
	if (as_json)
		return cli_print_json(v, e);
	(void)printf("%llu lines, %llu to %llu, unbroken\nhead " STR_FMT "\n",
		(unsigned long long)checked.count, (unsigned long long)checked.first,
		(unsigned long long)checked.last, STR_ARG(head));
	return ERR_OK;
}

enum err_code audit_command(struct args *args, struct arena *a, struct err *e)
{
	static const struct subcommand table[] = {
		{ "export", audit_export }, { "verify", audit_verify },
	};

	return args_run(args, a, table, sizeof(table) / sizeof(table[0]), e);
}
