/* listing_find.c - one published listing, and a row of a list. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/listing_file.h"
#include "service/listing_search.h"
#include "service/model.h"

struct json *listing_row_model(struct service *s, struct arena *a, struct sql *q)
{
	struct json *v = json_new_object(a);
	struct str origin = str_copy(a, sql_str(q, 3));
	size_t peer;

	v = json_set_str(a, v, "id", statement_id_text(a, (const uint8_t *)sql_str(q, 1).at));
	v = json_set_str(a, v, "listing", statement_id_text(a, (const uint8_t *)sql_str(q, 2).at));
	v = json_set_number(a, v, "version", (double)sql_i64(q, 5));
	v = json_set_str(a, v, "kind", str_copy(a, sql_str(q, 6)));
	v = json_set_str(a, v, "registered_id", str_copy(a, sql_str(q, 7)));
	v = json_set_str(a, v, "organisation", str_copy(a, sql_str(q, 8)));
	v = json_set_str(a, v, "title", str_copy(a, sql_str(q, 9)));
	v = json_set_str(a, v, "region", str_copy(a, sql_str(q, 10)));
	v = json_set_str(a, v, "industry", str_copy(a, sql_str(q, 11)));
	v = json_set_str(a, v, "until", service_instant(a, sql_i64(q, 12)));
	v = json_set_str(a, v, "time", service_instant(a, sql_i64(q, 13)));
	v = json_set_str(a, v, "state", str_copy(a, sql_str(q, 14)));
	v = json_set(a, v, "city", model_city(s, a, origin));
	if (origin.len > 0 && service_peer_of(s, origin, &peer)) {
		int64_t as_of = service_peer_state(s, peer).as_of;
		if (as_of > 0)
			v = json_set(a, v, "as_of", model_time(a, as_of));
	}
	return v;
}

/* "urn:uuid:..." or the UUID alone. */
static enum err_code key_of(struct arena *a, struct str listing, uint8_t ret[16], struct err *e)
{
	struct str id = str_starts(listing, "urn:") ? listing
		: str_printf(a, "urn:uuid:" STR_FMT, STR_ARG(listing));

	if (statement_id_parse(id, ret, NULL) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
}

static enum err_code find_row(struct service *s, struct arena *a, const uint8_t key[16],
	struct json **ret, uint8_t ret_id_key[16], int64_t *ret_until, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_FIND);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, STR(""));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	*ret = listing_row_model(s, a, q);
	memcpy(ret_id_key, sql_str(q, 1).at, 16);
	*ret_until = sql_i64(q, 12);
	return ERR_OK;
}

enum err_code service_listing_load(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct listing *ret, struct err *e)
{
	struct ledger_found found;
	struct statement statement;

	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	if (found.receipt.kind != KIND_LISTING || found.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	TRY(statement_parse(a, found.body, &statement, e));
	return listing_parse(statement.subject, ret, e);
}

enum err_code service_listing(struct service *s, struct arena *a, struct str listing,
	struct json **ret, struct err *e)
{
	struct json *v = NULL;
	struct listing l;
	uint8_t key[16], id_key[16];
	int64_t until = 0;

	TRY(key_of(a, listing, key, e));
	TRY(find_row(s, a, key, &v, id_key, &until, e));
	*ret = v;
	if (!str_is(json_get_str(v, "state"), "valid"))
		return ERR_OK;
	TRY(service_listing_load(s, a, id_key, &l, e));
	v = json_set_str(a, v, "summary", l.summary);
	v = json_set(a, v, "fields", json_copy(a, l.fields));
	if (l.translations)
		v = json_set(a, v, "translations", json_copy(a, l.translations));
	v = json_set(a, v, "attachments", listing_files_model(a, until > instant_now() ? l.files
		: NULL)); /* what has run out gives nothing out */
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
