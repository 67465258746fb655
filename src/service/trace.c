/* trace.c - see trace.h. */
#include "service/trace.h"

#include "base/scoped.h"
#include "service/booking_inner.h"
#include "service/deal_inner.h"
#include "service/keeper.h"

#define ROWS_LOOKED 500            /* of each kind of place */
#define BYTES_LOOKED ((size_t)16 << 20) /* of each kind of place; a page, not a search machine */
#define PLACES_SHOWN 100
#define PEOPLE_MAX 8               /* of an account: itself, and whom it gave lately */
#define NAME_BYTES_LEAST 4         /* one character stands everywhere */
#define PHONE_DIGITS_LEAST 7
#define PHONE_DIGITS_OWN 11        /* those before are the country's */

/* ---- does it stand there --------------------------------------------------------------------- */

bool trace_name_in(struct str text, struct str name)
{
	struct str n = str_trim(name);

	return n.len >= NAME_BYTES_LEAST && str_find(text, n) != SIZE_MAX;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits_of(struct str s, char *ret, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < room; i++)
		if (is_digit(s.at[i]))
			ret[n++] = s.at[i];
	return n;
}

/* Digits as they follow each other, whatever stands between two of them that is one character. */
static bool digits_at(struct str text, size_t at, const char *digits, size_t count)
{
	size_t matched = 0, gap = 0;

	for (; at < text.len && matched < count; at++) {
		if (is_digit(text.at[at])) {
			if (text.at[at] != digits[matched])
				return false;
			matched++;
			gap = 0;
		} else if (((unsigned char)text.at[at] & 0xc0) != 0x80 && ++gap > 1) {
			return false;
		}
	}
	return matched == count;
}

bool trace_phone_in(struct str text, struct str phone)
{
	char digits[32];
	size_t count = digits_of(phone, digits, sizeof(digits));
	const char *own = count > PHONE_DIGITS_OWN ? digits + count - PHONE_DIGITS_OWN : digits;

	if (count < PHONE_DIGITS_LEAST)
		return false;
	if (count > PHONE_DIGITS_OWN)
		count = PHONE_DIGITS_OWN;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == own[0] && digits_at(text, i, own, count))
			return true;
	return false;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool trace_mail_in(struct str text, struct str mail)
{
	struct str m = str_trim(mail);

	if (str_find(m, STR("@")) == SIZE_MAX)
		return false;
	for (size_t i = 0; i + m.len <= text.len; i++) {
		size_t k = 0;
		while (k < m.len && lower(text.at[i + k]) == lower(m.at[k]))
			k++;
		if (k == m.len)
			return true;
	}
	return false;
}

/* ---- looking --------------------------------------------------------------------------------- */

struct looking {
	struct service *s;
	struct arena *a;
	struct store *store;
	const struct account_who *by;
	struct trace_person people[PEOPLE_MAX];
	size_t people_count;
	int64_t but_deal;                  /* its contact data are about to go */
	struct json *places;
	bool more;
};

/* In the order of what a row of each statement gives: id, title, text, and what more. */
static const struct place {
	const char *word, *path;
	enum sql_id sql;
	uint32_t may;
} places[] = {
	{ "listing", "/listings/own/", SQL_TRACE_LISTINGS, MAY(POST) },
	{ "deal", "/deals/", SQL_TRACE_DEALS, MAY(POST) },
	{ "booking", "/bookings/", SQL_TRACE_BOOKINGS, MAY(BOOK) | MAY(POST) },
	{ "request", "/requests/", SQL_TRACE_REQUESTS, MAY(REQUEST) },
};

static struct json *found_in(const struct looking *x, struct str text, struct str more)
{
	static const char *const words[] = { "name", "phone", "mail" };
	struct json *list = json_new_array(x->a);
	bool in[3] = { false };

	for (size_t i = 0; i < x->people_count; i++) {
		const struct trace_person *p = &x->people[i];
		in[0] = in[0] || trace_name_in(text, p->name) || trace_name_in(more, p->name);
		in[1] = in[1] || trace_phone_in(text, p->phone) || trace_phone_in(more, p->phone);
		in[2] = in[2] || trace_mail_in(text, p->mail) || trace_mail_in(more, p->mail);
	}
	for (size_t i = 0; i < 3; i++)
		if (in[i])
			list = json_push(x->a, list, json_set_text(x->a, json_new_object(x->a),
				"trace", words[i]));
	return list;
}

static struct str path_of(struct arena *a, const struct place *place, struct sql *q)
{
	struct str id = place->sql == SQL_TRACE_BOOKINGS && sql_str(q, 0).len == 16
		? booking_uuid_text(a, (const uint8_t *)sql_str(q, 0).at)
		: str_printf(a, "%lld", (long long)sql_i64(q, 0));

	return str_printf(a, "%s" STR_FMT, place->path, STR_ARG(id));
}

static enum err_code look_in(struct looking *x, const struct place *place, struct err *e)
{
	SCOPED_SQL q = sql_use(x->store, place->sql);
	struct arena *a = x->a;
	size_t bytes = 0;
	bool row;

	sql_bind_i64(q, 1, x->by->organisation);
	sql_bind_i64(q, 2, ROWS_LOOKED + 1);
	for (int looked = 0;; looked++) {
		struct json *found, *v;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		if (looked == ROWS_LOOKED || bytes > BYTES_LOOKED ||
			json_count(x->places) == PLACES_SHOWN) {
			x->more = true;
			return ERR_OK;
		}
		bytes += sql_str(q, 2).len;
		found = found_in(x, sql_str(q, 2), place->sql == SQL_TRACE_DEALS &&
			sql_i64(q, 0) != x->but_deal ? sql_str(q, 3) : STR(""));
		if (json_count(found) == 0)
			continue;
		v = json_set_text(a, json_new_object(a), "trace_place", place->word);
		v = json_set_str(a, v, "title", str_copy(a, sql_str(q, 1)));
		v = json_set_str(a, v, "path", path_of(a, place, q));
		x->places = json_push(a, x->places, json_set(a, v, "found", found));
	}
}

/* How long backups of the node keep what is erased now. */
static enum err_code put_backups(struct looking *x, struct json *v, struct err *e)
{
	struct json *b = json_new_object(x->a);
	int64_t hours, keep;

	TRY(keeper_setting(x->store, "backup-hours", &hours, e));
	TRY(keeper_setting(x->store, "backup-keep", &keep, e));
	if (hours > 0 && keep > 0 && x->s->config->backup_dir.len > 0)
		b = json_set_number(x->a, b, "days", (double)((hours * keep + 23) / 24));
	return json_set(x->a, v, "backups", b) ? ERR_OK
		: err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code look(struct looking *x, struct json *v, struct json **ret, struct err *e)
{
	x->places = json_new_array(x->a);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (x->by->may & places[i].may)
			TRY(look_in(x, &places[i], e));
	v = json_set(x->a, v, "traces", x->places);
	if (x->more)
		v = json_set(x->a, v, "traces_more", json_new_bool(x->a, true));
	TRY(put_backups(x, v, e));
	*ret = v;
	return ERR_OK;
}

/* ---- whose ----------------------------------------------------------------------------------- */

static enum err_code put_people(struct looking *x, enum sql_id id, struct err *e)
{
	SCOPED_SQL q = sql_use(x->store, id);
	bool row;

	sql_bind_i64(q, 1, x->by->account);
	sql_bind_i64(q, 2, PEOPLE_MAX + 1);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		if (x->people_count == PEOPLE_MAX) {
			x->more = true;
			return ERR_OK;
		}
		x->people[x->people_count++] = (struct trace_person){
			.name = str_copy(x->a, sql_str(q, 0)),
			.phone = str_copy(x->a, sql_str(q, 1)),
			.mail = str_copy(x->a, sql_str(q, 2)) };
	}
}

enum err_code service_traces_own(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct looking x = { .s = s, .a = a, .by = by };

	TRY(ledger_reader(s->ledger, &x.store, e));
	TRY(put_people(&x, SQL_TRACE_ACCOUNT, e));
	TRY(put_people(&x, SQL_TRACE_CONTACTS, e));
	return look(&x, json_set_str(a, json_new_object(a), "name", by->name), ret, e);
}

enum err_code service_traces_deal(struct service *s, struct arena *a,
	const struct account_who *by, int64_t deal, struct json **ret, struct err *e)
{
	struct looking x = { .s = s, .a = a, .by = by, .but_deal = deal, .people_count = 1 };
	struct deal_contact c;
	struct json *v;
	struct deal d;
	int mine;

	TRY(ledger_reader(s->ledger, &x.store, e));
	TRY(deal_find(x.store, a, deal, &d, e));
	if (d.organisation[0] != by->organisation && d.organisation[1] != by->organisation)
		return err_set(e, ERR_NOT_FOUND, "there is no such contact here");
	mine = d.organisation[DEAL_OWNER] == by->organisation ? DEAL_OWNER : DEAL_SEEKER;
	TRY(deal_contact_find(x.store, a, deal, (enum deal_side)mine, &c, e));
	x.people[0] = (struct trace_person){ c.name, c.phone, c.mail };
	v = json_set_str(a, json_new_object(a), "title", d.title);
	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)deal));
	return look(&x, v, ret, e);
}
