/* own_data.c - see own_data.h. */
#include "service/own_data.h"

#include "base/instant.h"
#include "base/scoped.h"
#include "service/account_inner.h"

#define LINES_MAX 2000

/* Rows of one statement as objects: texts, but times where `names[i]` begins with "@". */
static enum err_code read_rows(struct service *s, struct arena *a, enum sql_id id, int64_t account,
	struct str name, const char *const *names, struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, id);
	sql_bind_i64(q, 1, account);
	sql_bind_str(q, 2, name);
	sql_bind_i64(q, 3, LINES_MAX);
	for (;;) {
		struct json *v = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		for (int i = 0; names[i]; i++)
			v = names[i][0] == '@' ? json_set_str(a, v, names[i] + 1,
				service_instant(a, sql_i64(q, i)))
				: json_set_str(a, v, names[i], str_copy(a, sql_str(q, i)));
		list = json_push(a, list, v);
	}
	*ret = list;
	return ERR_OK;
}

static enum err_code read_lines(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	static const char *const names[] = { "line", NULL };
	struct json *rows, *list = json_new_array(a);

	TRY(read_rows(s, a, SQL_OWN_AUDIT, by->account, by->name, names, &rows, e));
	for (size_t i = 0; i < json_count(rows); i++) {
		struct json *line;
		TRY(json_parse(a, json_get_str(json_at(rows, i), "line"), &line, e));
		list = json_push(a, list, line);
	}
	*ret = list;
	return ERR_OK;
}

enum err_code service_own_data(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	static const char *const mail[] = { "address", NULL };
	static const char *const notices[] = { "notice", "name", "path", "@time", NULL };
	static const char *const listings[] = { "kind", "title", "state", "@created", "@changed",
		NULL };
	static const char *const files[] = { "name", "media_type", "@time", NULL };
	struct json *v = json_new_object(a), *one;

	TRY(service_account(s, a, by, &one, e));
	v = json_set(a, v, "account", one);
	TRY(read_rows(s, a, SQL_OWN_MAIL, by->account, by->name, mail, &one, e));
	v = json_set(a, v, "mail", one);
	TRY(read_rows(s, a, SQL_OWN_NOTICES, by->account, by->name, notices, &one, e));
	v = json_set(a, v, "notices", one);
	TRY(read_rows(s, a, SQL_OWN_LISTINGS, by->account, by->name, listings, &one, e));
	v = json_set(a, v, "listings", one);
	TRY(read_rows(s, a, SQL_OWN_FILES, by->account, by->name, files, &one, e));
	v = json_set(a, v, "files", one);
	TRY(read_lines(s, a, by, &one, e));
	*ret = json_set(a, v, "audit", one);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "answer needs too much memory");
}

/* ---- leaving --------------------------------------------------------------------------------- */

struct leaving {
	const struct account_who *by;
	int64_t now;
	bool alone;
};

static enum err_code write_leave(void *context, struct store *store, struct err *e)
{
	static const enum sql_id emptied[] = { SQL_OWN_DROP_SESSIONS, SQL_PASSKEY_CLEAR,
		SQL_RECOVERY_CLEAR, SQL_INVITATION_DROP, SQL_OWN_DROP_ROLES, SQL_OWN_DROP_NOTICES,
		SQL_OWN_DROP_MAIL, SQL_OWN_DROP_OUTBOX, SQL_OWN_EMPTY };
	struct leaving *x = context;
	bool row;

	if (x->by->may >> CAPABILITY_PEOPLE & 1) {
		SCOPED_SQL q = sql_use(store, SQL_OWN_OTHER_LIKE_ME);
		sql_bind_i64(q, 1, x->by->account);
		sql_bind_i64(q, 2, x->by->organisation);
		TRY(sql_step(q, &row, e));
		x->alone = !row;
		if (x->alone)
			return ERR_OK;
	}
	for (size_t i = 0; i < sizeof(emptied) / sizeof(emptied[0]); i++)
		TRY(account_run_one(store, emptied[i], x->by->account, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "account-leave",
		.actor = x->by->name, .address = x->by->address, .target = x->by->name }, e);
}

enum err_code service_leave(struct service *s, const struct account_who *by, struct err *e)
{
	struct leaving x = { .by = by, .now = instant_now() };

	TRY(ledger_write(s->ledger, write_leave, &x, e));
	if (!x.alone)
		return ERR_OK;
	(void)err_set(e, ERR_CONFLICT, "you are the only one who can invite people: "
		"give somebody else the role first");
	return err_word(e, "only-inviter");
}
