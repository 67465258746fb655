/* notice.c - putting notices. */
#include "service/notice.h"

static enum err_code put_one(struct store *store, int64_t now, const struct notice *n,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_NOTICE_PUT);

	sql_bind_i64(q, 1, n->account);
	sql_bind_str(q, 2, str_of(n->word));
	sql_bind_str(q, 3, n->name);
	sql_bind_str(q, 4, n->path);
	sql_bind_i64(q, 5, now);
	return sql_run(q, e);
}

enum err_code notice_put(struct store *store, int64_t now, const struct notice *n, struct err *e)
{
	if (n->account != 0)
		return put_one(store, now, n, e);
	CHECK(n->to != CAPABILITY_NONE);
	for (size_t i = 0; i < role_count; i++) {
		if (!(role_table[i].may >> n->to & 1))
			continue;
		SCOPED_SQL q = sql_use(store, SQL_NOTICE_PUT_ROLE);
		sql_bind_i64(q, 1, n->organisation);
		sql_bind_str(q, 2, str_of(role_table[i].name));
		sql_bind_str(q, 3, str_of(n->word));
		sql_bind_str(q, 4, n->name);
		sql_bind_str(q, 5, n->path);
		sql_bind_i64(q, 6, now);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}
