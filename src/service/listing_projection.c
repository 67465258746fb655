/* listing_projection.c - published listings of both cities as rows and words, and erasing them. */
#include <string.h>

#include "base/scoped.h"
#include "matching/search_text.h"
#include "service/listing_inner.h"
#include "service/member.h"

#define WORDS_BYTES ((size_t)1 << 20)
#define BODY_ARENA_BYTES ((size_t)32 << 20)

static struct str first_of(const struct json *fields, const char *name)
{
	struct str s = json_str(json_at(json_get(fields, name), 0));

	return s.at ? s : STR("");
}

/* Binds the three columns of the index from the second parameter on. A function of the statement
 * and where it comes from, so that what was put in can be taken out again. */
struct words { struct buf title, text, facets; };

static void words_clear(struct words *w)
{
	buf_clear(&w->title);
	buf_clear(&w->text);
	buf_clear(&w->facets);
}
#define SCOPED_WORDS __attribute__((cleanup(words_clear))) struct words

static void bind_words(struct words *w, const struct listing *l, struct str origin, struct sql *q)
{
	SCOPED_BUF text = { 0 };

	buf_init(&text, WORDS_BYTES);
	listing_put_text(&text, l);
	buf_init(&w->title, 4 * WORDS_BYTES);
	buf_init(&w->text, 4 * WORDS_BYTES);
	buf_init(&w->facets, WORDS_BYTES);
	search_text_put_pairs(&w->title, l->title);
	search_text_put_pairs(&w->text, buf_str(&text));
	listing_put_facets(&w->facets, l);
	buf_put_text(&w->facets, origin.len == 0 ? FACET_OWN : FACET_PEER);
	sql_bind_str(q, 2, buf_str(&w->title));
	sql_bind_str(q, 3, buf_str(&w->text));
	sql_bind_str(q, 4, buf_str(&w->facets));
}

/* ---- what stands there already --------------------------------------------------------------- */

struct standing {
	bool found;
	int64_t seq, index;
	uint64_t version;
	bool ended;                /* withdrawn or erased: final */
};

static enum err_code find_standing(struct store *store, const uint8_t key[16], struct str origin,
	struct standing *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_ONE);

	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, origin);
	*ret = (struct standing){ 0 };
	TRY(sql_step(q, &ret->found, e));
	if (!ret->found)
		return ERR_OK;
	ret->seq = sql_i64(q, 0);
	ret->index = sql_i64(q, 4);
	ret->version = (uint64_t)sql_i64(q, 5);
	ret->ended = !str_is(sql_str(q, 14), "valid");
	return ERR_OK;
}

/* The body in the writer's transaction; at == NULL when it is not here. */
static enum err_code read_body(struct store *store, struct arena *a, struct str origin,
	int64_t index, struct str *ret, struct err *e)
{
	int64_t place = index;
	bool row;

	*ret = (struct str){ NULL, 0 };
	if (origin.len > 0) {
		SCOPED_SQL m = sql_use(store, SQL_MIRROR_OF_ORIGIN);
		sql_bind_str(m, 1, origin);
		TRY(sql_step(m, &row, e));
		if (!row)
			return ERR_OK;
		place += sql_i64(m, 0) << 40;
	}
	SCOPED_SQL q = sql_use(store, origin.len > 0 ? SQL_MIRROR_BODY_GET : SQL_BODY_GET);
	sql_bind_i64(q, 1, place);
	TRY(sql_step(q, &row, e));
	if (row)
		*ret = str_copy(a, sql_str(q, 0));
	return ERR_OK;
}

/* Takes the words of a version out of the index. They are computed from its body again. */
static enum err_code drop_words(struct store *store, struct str origin, const struct standing *old,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_WORDS words = { 0 };
	struct statement statement;
	struct listing l;
	struct str body;

	arena_init(&a, BODY_ARENA_BYTES);
	TRY(read_body(store, &a, origin, old->index, &body, e));
	if (!body.at)
		return ERR_OK;
	TRY(statement_parse(&a, body, &statement, e));
	TRY(listing_parse(statement.subject, &l, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORDS_DROP);
	sql_bind_i64(q, 1, old->seq);
	bind_words(&words, &l, origin, q);
	return sql_run(q, e);
}

static enum err_code drop_row(struct store *store, int64_t seq, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_DROP);

	sql_bind_i64(q, 1, seq);
	return sql_run(q, e);
}

/* ---- a new version --------------------------------------------------------------------------- */

static enum err_code put_row(struct store *store, const struct ledger_event *event,
	const struct listing *l, const uint8_t key[16], struct str state, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_PUT);

	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, event->own ? STR("") : event->origin);
	sql_bind_blob(q, 3, event->receipt->id_key, 16);
	sql_bind_i64(q, 4, (int64_t)l->version);
	sql_bind_str(q, 5, l->kind);
	sql_bind_str(q, 6, l->organisation_code);
	sql_bind_str(q, 7, l->organisation);
	sql_bind_str(q, 8, l->title);
	sql_bind_str(q, 9, first_of(l->fields, "regions"));
	sql_bind_str(q, 10, first_of(l->fields, "industries"));
	sql_bind_i64(q, 11, event->statement->valid_until);
	sql_bind_i64(q, 12, event->receipt->time);
	sql_bind_str(q, 13, state);
	sql_bind_i64(q, 14, (int64_t)event->index);
	return sql_run(q, e);
}

/* Items that a facility names: what a decision asks for is found by them. */
static enum err_code put_items(struct store *store, const struct listing *l, const uint8_t key[16],
	struct str origin, struct err *e)
{
	const struct json *items = json_get(l->fields, "items");
	SCOPED_SQL drop = sql_use(store, SQL_FACILITY_ITEM_DROP);

	sql_bind_blob(drop, 1, key, 16);
	sql_bind_str(drop, 2, origin);
	TRY(sql_run(drop, e));
	for (size_t i = 0; i < json_count(items); i++) {
		struct str item = json_str(json_at(items, i));
		SCOPED_SQL q = sql_use(store, SQL_FACILITY_ITEM_PUT);
		sql_bind_str(q, 1, item.at ? item : STR(""));
		sql_bind_blob(q, 2, key, 16);
		sql_bind_str(q, 3, origin);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

static enum err_code add_words(struct store *store, const struct listing *l, struct str origin,
	struct err *e)
{
	SCOPED_WORDS words = { 0 };
	bool row;

	SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
	TRY(sql_step(last, &row, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORDS_PUT);
	sql_bind_i64(q, 1, sql_i64(last, 0));
	bind_words(&words, l, origin, q);
	return sql_run(q, e);
}

static enum err_code refuse_erased(struct store *store, const uint8_t id_key[16], struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ERASED_FIND);
	bool row;

	sql_bind_blob(q, 1, id_key, 16);
	TRY(sql_step(q, &row, e));
	return row ? err_set(e, ERR_DENIED, "this listing was erased at its owner's wish") : ERR_OK;
}

/* The status statement may have come first. */
static enum err_code is_withdrawn(struct store *store, const uint8_t id_key[16], bool *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_STATUS_BY_ID);
	bool row;

	sql_bind_blob(q, 1, id_key, 16);
	TRY(sql_step(q, &row, e));
	*ret = row && str_is(sql_str(q, 0), "withdrawn");
	return ERR_OK;
}

static enum err_code note_statement(struct store *store, const struct ledger_event *event,
	const uint8_t key[16], struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_STATEMENT_PUT);

	sql_bind_blob(q, 1, event->receipt->id_key, 16);
	sql_bind_blob(q, 2, key, 16);
	sql_bind_str(q, 3, event->own ? STR("") : event->origin);
	sql_bind_i64(q, 4, (int64_t)event->index);
	return sql_run(q, e);
}

static enum err_code note_published(struct store *store, const struct ledger_event *event,
	const struct listing *l, const uint8_t key[16], struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_PUBLISHED);

	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, (int64_t)l->version);
	sql_bind_i64(q, 3, event->statement->valid_until);
	sql_bind_i64(q, 4, event->receipt->time);
	return sql_run(q, e);
}

static enum err_code project_version(struct store *store, const struct ledger_event *event,
	struct err *e)
{
	struct str origin = event->own ? STR("") : event->origin;
	struct standing old;
	struct listing l;
	uint8_t key[16];
	bool withdrawn;

	TRY(listing_parse(event->statement->subject, &l, e));
	TRY(statement_id_parse(l.id, key, e));
	TRY(refuse_erased(store, event->receipt->id_key, e));
	TRY(note_statement(store, event, key, e));
	TRY(find_standing(store, key, origin, &old, e));
	if (event->own && old.found && l.version != old.version + 1)
		return err_set(e, ERR_CONFLICT, "listing has version %llu, but %llu comes next",
			(unsigned long long)l.version, (unsigned long long)old.version + 1);
	if (old.found && (old.ended || old.version >= l.version))
		return ERR_OK; /* bodies may arrive in any order */
	if (old.found) {
		TRY(drop_words(store, origin, &old, e));
		TRY(drop_row(store, old.seq, e));
	}
	if (event->own)
		TRY(note_published(store, event, &l, key, e));
	TRY(is_withdrawn(store, event->receipt->id_key, &withdrawn, e));
	TRY(put_row(store, event, &l, key, withdrawn ? STR("withdrawn") : STR("valid"), e));
	if (withdrawn)
		return listing_files_project(store, key, origin, NULL, e);
	TRY(add_words(store, &l, origin, e)); /* next to the row: it asks for the last one */
	TRY(put_items(store, &l, key, origin, e));
	TRY(listing_files_project(store, key, origin, &l, e));
	return member_profile_put(store, event, &l, key, e);
}

/* ---- its end --------------------------------------------------------------------------------- */

static enum err_code run_two(struct store *store, enum sql_id id, const uint8_t key[16],
	struct str origin, int64_t time, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, origin);
	if (id == SQL_ERASE_ALL_OF)
		sql_bind_i64(q, 3, time);
	return sql_run(q, e);
}

static enum err_code work_ended(struct store *store, enum sql_id id, const uint8_t key[16],
	int64_t time, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, time);
	return sql_run(q, e);
}

static enum err_code erase(struct store *store, const uint8_t key[16], struct str origin,
	int64_t time, struct err *e)
{
	TRY(run_two(store, SQL_ERASE_ALL_OF, key, origin, time, e));
	TRY(run_two(store, SQL_FACILITY_ITEM_DROP, key, origin, time, e));
	TRY(run_two(store, origin.len > 0 ? SQL_ERASE_MIRROR_BODIES : SQL_ERASE_BODIES, key, origin,
		time, e));
	return origin.len > 0 ? ERR_OK : work_ended(store, SQL_LISTING_WORK_ERASED, key, time, e);
}

static enum err_code note_erased(struct store *store, const uint8_t id_key[16], int64_t time,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ERASED_PUT);

	sql_bind_blob(q, 1, id_key, 16);
	sql_bind_i64(q, 2, time);
	return sql_run(q, e);
}

/* Which listing a statement is a version of; false: of none known here. */
static enum err_code listing_of(struct store *store, const uint8_t id_key[16], uint8_t ret[16],
	bool *ret_found, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_OF_STATEMENT);

	sql_bind_blob(q, 1, id_key, 16);
	TRY(sql_step(q, ret_found, e));
	if (*ret_found)
		memcpy(ret, sql_str(q, 0).at, 16);
	return ERR_OK;
}

static enum err_code project_end(struct store *store, const struct ledger_event *event,
	struct err *e)
{
	const struct json *subject = event->statement->subject;
	bool erased = json_true(json_get(subject, "erase")), found;
	struct str origin = event->own ? STR("") : event->origin;
	struct standing old;
	uint8_t id_key[16], key[16];

	if (!str_is(json_get_str(subject, "status"), "withdrawn"))
		return ERR_OK;
	TRY(statement_id_parse(json_get_str(subject, "id"), id_key, e));
	TRY(listing_of(store, id_key, key, &found, e));
	if (erased) /* also one whose body has not come yet, so that it never will */
		TRY(note_erased(store, id_key, event->receipt->time, e));
	if (!found)
		return ERR_OK;
	TRY(find_standing(store, key, origin, &old, e));
	if (old.found && !old.ended)
		TRY(drop_words(store, origin, &old, e));
	if (old.found) {
		SCOPED_SQL q = sql_use(store, SQL_LISTING_STATE);
		sql_bind_blob(q, 1, key, 16);
		sql_bind_str(q, 2, origin);
		sql_bind_str(q, 3, erased ? STR("erased") : STR("withdrawn"));
		sql_bind_str(q, 4, erased ? STR("") : STR("-"));
		TRY(sql_run(q, e));
	}
	TRY(member_profile_drop(store, key, origin, e));
	TRY(listing_files_project(store, key, origin, NULL, e));
	if (erased)
		return erase(store, key, origin, event->receipt->time, e);
	return event->own ? work_ended(store, SQL_LISTING_WORK_WITHDRAWN, key, event->receipt->time,
		e) : ERR_OK;
}

enum err_code listing_project(void *context, struct store *store, const struct ledger_event *event,
	struct err *e)
{
	(void)context;
	if (event->receipt->kind == KIND_LISTING)
		return project_version(store, event, e);
	if (event->receipt->kind == KIND_STATUS)
		return project_end(store, event, e);
	return ERR_OK;
}
