/* listing_life.c - before a listing ends: its people are told in time. */
#include <stdio.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/listing_inner.h"
#include "service/notice.h"

#define REMIND_DAYS 14
#define REMIND_ROUND 32
#define REMIND_ARENA_BYTES ((size_t)1 << 20)

struct ending {
	int64_t id, organisation, until;
	struct str title;
};
struct reminding {
	struct ending at[REMIND_ROUND];
	size_t count;
	int64_t now;
};

static enum err_code find_ending(struct service *s, struct arena *a, struct reminding *x,
	struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_ENDING);
	sql_bind_i64(q, 1, x->now);
	sql_bind_i64(q, 2, x->now + (int64_t)REMIND_DAYS * 86400);
	sql_bind_i64(q, 3, REMIND_ROUND);
	for (x->count = 0; x->count < REMIND_ROUND;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		x->at[x->count++] = (struct ending){ .id = sql_i64(q, 0),
			.organisation = sql_i64(q, 1), .title = str_copy(a, sql_str(q, 2)),
			.until = sql_i64(q, 3) };
	}
	return ERR_OK;
}

/* In the writer. */
static enum err_code write_reminders(void *context, struct store *store, struct err *e)
{
	const struct reminding *x = context;

	for (size_t i = 0; i < x->count; i++) {
		const struct ending *one = &x->at[i];
		char path[64];
		SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_REMINDED);
		sql_bind_i64(q, 1, one->id);
		sql_bind_i64(q, 2, one->until);
		TRY(sql_run(q, e));
		(void)snprintf(path, sizeof(path), "/listings/own/%lld", (long long)one->id);
		TRY(notice_put(store, x->now, &(struct notice){ .word = "listing-ending",
			.name = one->title, .path = str_of(path),
			.organisation = one->organisation, .to = CAPABILITY_POST }, e));
	}
	return ERR_OK;
}

void listings_remind(struct service *s, int64_t now)
{
	struct reminding x = { .now = now };
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };

	arena_init(&a, REMIND_ARENA_BYTES);
	if (find_ending(s, &a, &x, &e) != ERR_OK ||
		(x.count > 0 && ledger_write(s->ledger, write_reminders, &x, &e) != ERR_OK))
		diag_err(DIAG_WARN, "listings", &e);
}
