/* notice.c - see notice.h. */
#include "service/notice.h"

#include "base/limits.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/mail.h"

#define DAY_S 86400

/* ---- putting --------------------------------------------------------------------------------- */

/* The same for somebody who has the capability by two roles, say. */
static enum err_code is_there(struct store *store, int64_t now, int64_t account,
	const struct notice *n, bool *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_SAME);

	sql_bind_i64(q, 1, account);
	sql_bind_str(q, 2, str_of(n->word));
	sql_bind_str(q, 3, n->path);
	sql_bind_i64(q, 4, now);
	sql_bind_str(q, 5, n->name);
	return sql_step(q, ret, e);
}

static enum err_code put_row(struct store *store, int64_t now, int64_t account,
	const struct notice *n, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_PUT);
	bool row;

	sql_bind_i64(q, 1, account);
	sql_bind_str(q, 2, str_of(n->word));
	sql_bind_str(q, 3, n->name);
	sql_bind_str(q, 4, n->path);
	sql_bind_i64(q, 5, now);
	TRY(sql_step(q, &row, e));
	CHECK(row);
	*ret = sql_i64(q, 0);
	return ERR_OK;
}

static enum err_code put_one(struct store *store, int64_t now, int64_t account,
	const struct notice *n, struct err *e)
{
	int64_t id;

	TRY(put_row(store, now, account, n, &id, e));
	TRY(account_run(store, SQL_NOTICE_DROP_EXCESS, account, LIMIT_NOTICES_PER_ACCOUNT, e));
	return mail_put_notice(store, now, account, id, e);
}

static enum err_code put_to_role(struct store *store, int64_t now, const struct notice *n,
	const struct role *role, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_HOLDERS);
	bool row, there;

	sql_bind_i64(q, 1, n->organisation);
	sql_bind_str(q, 2, str_of(role->name));
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		TRY(is_there(store, now, sql_i64(q, 0), n, &there, e));
		if (!there)
			TRY(put_one(store, now, sql_i64(q, 0), n, e));
	}
}

enum err_code notice_put(struct store *store, int64_t now, const struct notice *n, struct err *e)
{
	if (n->account != 0)
		return put_one(store, now, n->account, n, e);
	CHECK(n->to != CAPABILITY_NONE);
	for (size_t i = 0; i < role_count; i++)
		if (role_table[i].may >> n->to & 1)
			TRY(put_to_role(store, now, n, &role_table[i], e));
	return ERR_OK;
}

enum err_code notice_sweep(struct store *store, int64_t now, struct err *e)
{
	return account_run_one(store, SQL_NOTICE_DROP_OLD,
		now - (int64_t)LIMIT_NOTICE_KEEP_DAYS * DAY_S, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Where a page begins: "0-123" among the unread, "1-123" among the read. */
static enum err_code read_key(struct str after, int64_t *ret_read, int64_t *ret_id, struct err *e)
{
	uint64_t read = 0, id = INT64_MAX;
	struct str rest = after, first = str_cut(&rest, '-');

	if (after.len > 0 && (str_parse_u64(first, &read, NULL) != ERR_OK || read > 1 ||
		str_parse_u64(rest.at ? rest : STR(""), &id, NULL) != ERR_OK || id > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key");
	*ret_read = (int64_t)read;
	*ret_id = (int64_t)id;
	return ERR_OK;
}

static struct json *row_model(struct arena *a, struct sql *q)
{
	struct json *v = json_set_str(a, json_new_object(a), "id",
		str_printf(a, "%lld", (long long)sql_i64(q, 0)));

	v = json_set_str(a, v, "notice", str_copy(a, sql_str(q, 1)));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 2)));
	v = json_set_str(a, v, "path", str_copy(a, sql_str(q, 3)));
	v = json_set_str(a, v, "time", service_instant(a, sql_i64(q, 4)));
	return json_set(a, v, "read", json_new_bool(a, sql_i64(q, 5) != 0));
}

static enum err_code list_rows(struct store *store, struct arena *a, const struct account_who *by,
	bool unread, struct str after, struct json *v, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_LIST);
	struct json *rows = json_new_array(a);
	int64_t read = 0, id = 0, newest = 0;
	bool row;

	TRY(read_key(after, &read, &id, e));
	sql_bind_i64(q, 1, by->account);
	sql_bind_i64(q, 2, unread ? 0 : 1);
	sql_bind_i64(q, 3, read);
	sql_bind_i64(q, 4, id);
	sql_bind_i64(q, 5, LIMIT_PAGE_ROWS + 1);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(rows) == LIMIT_PAGE_ROWS) {
			json_set_str(a, v, "next", str_printf(a, "%lld-%lld", (long long)read,
				(long long)id));
			break;
		}
		id = sql_i64(q, 0);
		read = sql_i64(q, 5);
		newest = newest > id ? newest : id;
		json_push(a, rows, row_model(a, q));
	}
	json_set_str(a, v, "newest", str_printf(a, "%lld", (long long)newest));
	return json_set(a, v, "rows", rows) ? ERR_OK :
		err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_notices(struct service *s, struct arena *a, const struct account_who *by,
	struct str show, struct str after, struct json **ret, struct err *e)
{
	bool unread = str_is(show, "unread");
	struct json *v = json_new_object(a);
	struct store *store;

	if (show.len > 0 && !unread && !str_is(show, "all"))
		return err_set(e, ERR_INVALID, "field \"show\": neither all nor unread");
	TRY(ledger_reader(s->ledger, &store, e));
	v = json_set_text(a, v, "show", unread ? "unread" : "all");
	v = json_set_number(a, v, "unread", service_notices_unread(s, by->account,
		LIMIT_NOTICES_PER_ACCOUNT));
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(list_rows(store, a, by, unread, after.at ? after : STR(""), v, e));
	*ret = v;
	return ERR_OK;
}

uint32_t service_notices_unread(struct service *s, int64_t account, uint32_t max)
{
	struct store *store;
	bool row = false;

	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return 0;
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_UNREAD);
	sql_bind_i64(q, 1, account);
	sql_bind_i64(q, 2, max);
	return sql_step(q, &row, NULL) == ERR_OK && row ? (uint32_t)sql_i64(q, 0) : 0;
}

/* ---- marking --------------------------------------------------------------------------------- */

struct marking {
	int64_t account, id;
	struct arena *a;
	struct str path;           /* at == NULL: none of theirs */
};

static enum err_code write_one(void *context, struct store *store, struct err *e)
{
	struct marking *m = context;
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_READ);
	bool row;

	m->path = (struct str){ NULL, 0 };
	sql_bind_i64(q, 1, m->id);
	sql_bind_i64(q, 2, m->account);
	TRY(sql_step(q, &row, e));
	if (row)
		m->path = str_copy(m->a, sql_str(q, 0));
	return ERR_OK;
}

enum err_code service_notice_read(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct str *ret_path, struct err *e)
{
	struct marking m = { .account = by->account, .id = id, .a = a };

	TRY(ledger_write(s->ledger, write_one, &m, e));
	if (!m.path.at)
		return err_set(e, ERR_NOT_FOUND, "no notice of yours has this number");
	*ret_path = m.path;
	return ERR_OK;
}

static enum err_code write_all(void *context, struct store *store, struct err *e)
{
	const struct marking *m = context;

	return account_run(store, SQL_NOTICE_READ_ALL, m->account, m->id, e);
}

enum err_code service_notices_read(struct service *s, const struct account_who *by, int64_t newest,
	struct err *e)
{
	struct marking m = { .account = by->account, .id = newest };

	return ledger_write(s->ledger, write_all, &m, e);
}
