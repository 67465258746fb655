/* alliance_model.c - the models of the alliance's pages. */
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/alliance_inner.h"
#include "service/model.h"

#define SHOWN 10
#define MOTION_ARENA_BYTES ((size_t)32 << 20)

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str uuid_of(struct arena *a, const uint8_t id_key[16])
{
	return str_skip(statement_id_text(a, id_key), 9);
}

/* The city a row came from, and as of when it is known. */
static struct json *put_city(struct service *s, struct arena *a, struct json *v, struct str origin)
{
	size_t peer;

	v = json_set(a, v, "city", model_city(s, a, origin));
	if (service_peer_of(s, origin, &peer) && service_peer_state(s, peer).as_of > 0)
		v = json_set(a, v, "as_of", model_time(a, service_peer_state(s, peer).as_of));
	return v;
}

/* Who it is about, and its statement. */
static struct json *row_model(struct service *s, struct arena *a, const struct alliance_row *r)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "uuid", uuid_of(a, r->id_key));
	if (r->title.len > 0)
		v = json_set_str(a, v, "title", r->title);
	if (r->code.len > 0) {
		v = json_set_str(a, v, "code", r->code);
		v = json_set_str(a, v, "name", r->name);
		v = json_set_str(a, v, "role", r->kind);
	}
	v = json_set(a, v, "time", model_time(a, r->time));
	return put_city(s, a, v, r->origin);
}

/* ---- the charter ----------------------------------------------------------------------------- */

static struct json *charter_model(struct arena *a, const struct charter *c, bool whole)
{
	struct json *v = json_new_object(a), *majorities = json_new_array(a);

	v = json_set(a, v, "name", text_pair_json(a, &c->name));
	v = json_set_number(a, v, "version", (double)c->version);
	v = json_set_str(a, v, "digest", base64url_new(a, c->digest.at, DIGEST_BYTES));
	v = json_set(a, v, "quorum", share_json(a, &c->quorum));
	for (unsigned k = 0; k < MOTION_KIND_COUNT; k++) {
		struct json *one = share_json(a, &c->majority[k]);
		one = json_set_text(a, one, "motion_kind", motion_kind_name((enum motion_kind)k));
		majorities = json_push(a, majorities, one);
	}
	v = json_set(a, v, "majorities", majorities);
	v = json_set_number(a, v, "shortest_minutes", c->shortest_minutes);
	v = json_set_number(a, v, "longest_minutes", c->longest_minutes);
	if (!whole)
		return v;
	v = json_set(a, v, "note", json_copy(a, json_get(c->doc, "note")));
	return json_set(a, v, "articles", json_copy(a, json_get(c->doc, "articles")));
}

/* How the own organisation stands: "member", "waiting", "under-way", "refused", "none"; absent for
 * whoever cannot join. */
static enum err_code put_own(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, struct json **v, struct err *e)
{
	const struct charter *c = s->alliance->charter;
	struct json *own = json_new_object(a);
	const char *standing = "none";
	struct alliance_row row;
	bool member, waits, asked;

	if (!(by->may >> CAPABILITY_ALLIANCE & 1) || !charter_allows(c, by->organisation_kind))
		return ERR_OK;
	TRY(alliance_membership(store, a, by->organisation_code, &member, &row, e));
	TRY(alliance_waits(store, "membership", by->organisation_code, NULL, &waits, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_APPLICATION_LAST);
	sql_bind_i64(q, 1, by->organisation);
	TRY(sql_step(q, &asked, e));
	if (member)
		standing = "member";
	else if (waits)
		standing = "under-way";
	else if (asked && !str_is(sql_str(q, 1), "confirmed"))
		standing = str_is(sql_str(q, 1), "refused") ? "refused" : "waiting";
	own = json_set_text(a, own, "alliance_standing", standing);
	if (str_is(str_of(standing), "refused"))
		own = json_set_str(a, own, "reason", str_copy(a, sql_str(q, 2)));
	if (member)
		own = json_set_str(a, own, "uuid", uuid_of(a, row.id_key));
	own = json_set(a, own, "may_apply", json_new_bool(a, !member && !waits &&
		!str_is(str_of(standing), "waiting")));
	*v = json_set(a, *v, "own", own);
	return ERR_OK;
}

static enum err_code need_charter(const struct service *s, struct err *e)
{
	return s->alliance->charter ? ERR_OK : err_set(e, ERR_NOT_FOUND,
		"the rules of this node have no alliance");
}

enum err_code service_alliance_charter(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct json *v;
	struct store *store;

	TRY(need_charter(s, e));
	TRY(ledger_reader(s->ledger, &store, e));
	v = charter_model(a, s->alliance->charter, true);
	TRY(put_own(s, store, a, by, &v, e));
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* ---- votes ----------------------------------------------------------------------------------- */

struct counted {
	struct alliance_record motion;
	struct tally_of *tallies;
	size_t count;
	struct vote_count result;
};

/* The tally of each node: the first in its tlog that is of these very bytes. */
static enum err_code read_tallies(struct store *store, struct arena *a,
	const struct alliance_row *motion, struct counted *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_TALLIES);
	bool row;

	ret->tallies = ARENA_ARRAY(a, struct tally_of, LIMIT_ALLIANCE_NODES);
	if (!ret->tallies)
		return full(e);
	sql_bind_blob(q, 1, motion->id_key, 16);
	sql_bind_str(q, 2, base64url_new(a, motion->digest.at, DIGEST_BYTES));
	sql_bind_i64(q, 3, LIMIT_ALLIANCE_NODES);
	while (ret->count < LIMIT_ALLIANCE_NODES) {
		struct alliance_record *tally;
		struct json *body;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		tally = ARENA_NEW(a, struct alliance_record);
		if (!tally)
			return full(e);
		TRY(json_parse(a, str_copy(a, sql_str(q, 1)), &body, e));
		TRY(alliance_record_parse(a, body, tally, e));
		ret->tallies[ret->count++] = (struct tally_of){
			.node = str_copy(a, sql_str(q, 0)), .tally = &tally->tally };
	}
	return ERR_OK;
}

static enum err_code count_motion(struct store *store, struct arena *a,
	const struct alliance_row *row, struct counted *ret, struct err *e)
{
	*ret = (struct counted){ .count = 0 };
	TRY(alliance_row_record(a, row, &ret->motion, e));
	TRY(read_tallies(store, a, row, ret, e));
	ret->result = vote_count(&ret->motion.motion, ret->tallies, ret->count);
	return ERR_OK;
}

/* Counts and result. `now` only says whether votes are still taken. */
static struct json *put_result(struct arena *a, struct json *v, const struct alliance_row *row,
	const struct counted *c, int64_t now)
{
	const struct vote_count *n = &c->result;
	const char *result = vote_result_name(n->result);
	bool taken = now < row->until && row->ended == 0;

	if (row->ended != 0)
		result = "withdrawn";
	else if (n->result == VOTE_OPEN)
		result = taken ? "voting" : "open";
	v = json_set_text(a, v, "vote_result", result);
	v = json_set(a, v, "taken", json_new_bool(a, taken));
	v = json_set_text(a, v, "motion_kind", motion_kind_name(c->motion.motion.kind));
	v = json_set(a, v, "opens", model_time(a, c->motion.motion.opens));
	v = json_set(a, v, "closes", model_time(a, row->until));
	v = json_set_number(a, v, "voters", n->voters);
	v = json_set_number(a, v, "voted", n->voted);
	for (unsigned i = 0; i < CHOICE_COUNT; i++)
		v = json_set_number(a, v, choice_name((enum choice)i), n->of[i]);
	v = json_set_number(a, v, "nodes", n->nodes);
	return json_set_number(a, v, "missing", n->missing);
}

/* One of a list. What was read to count it is not kept: a motion of the largest alliance has half a
 * megabyte of names. */
static enum err_code motion_row(struct service *s, struct store *store, struct arena *a,
	int64_t seq, struct json **ret, struct err *e)
{
	SCOPED_ARENA own = { 0 };
	struct alliance_row row;
	struct counted c;
	struct str text;
	bool found;

	arena_init(&own, MOTION_ARENA_BYTES);
	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_BY_SEQ);
		sql_bind_i64(q, 1, seq);
		TRY(sql_step(q, &found, e));
		if (!found)
			return err_set(e, ERR_NOT_FOUND, "there is no such motion here");
		alliance_row_read(&own, q, &row);
	}
	TRY(count_motion(store, &own, &row, &c, e));
	TRY(json_jcs(&own, put_result(&own, row_model(s, &own, &row), &row, &c, instant_now()),
		&text, e));
	text = str_copy(a, text);
	return text.at ? json_parse(a, text, ret, e) : full(e);
}

/* Rows of a statement that is bound; at most `most`, `ret_next` when there are more. */
static enum err_code motion_rows(struct service *s, struct store *store, struct arena *a,
	struct sql *q, size_t most, struct json **ret, struct str *ret_next, struct err *e)
{
	int64_t *rows = ARENA_ARRAY(a, int64_t, most + 1);
	struct json *list = json_new_array(a), *one;
	size_t count = 0;
	bool row;

	if (!rows)
		return full(e);
	while (count <= most) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		rows[count++] = sql_i64(q, 0);
	}
	for (size_t i = 0; i < count && i < most; i++) {
		TRY(motion_row(s, store, a, rows[i], &one, e));
		list = json_push(a, list, one);
	}
	*ret = list;
	*ret_next = count > most ? str_printf(a, "%lld", (long long)rows[most - 1])
		: (struct str){ NULL, 0 };
	return ERR_OK;
}

enum err_code service_alliance_motions(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e)
{
	struct list_frame frame;
	struct json *v = json_new_object(a), *rows;
	struct store *store;
	struct str next;

	TRY(need_charter(s, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(service_list_frame(s, query, &frame, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MOTIONS);
	sql_bind_i64(q, 1, frame.before);
	sql_bind_i64(q, 2, frame.rows + 1);
	TRY(motion_rows(s, store, a, q, frame.rows, &rows, &next, e));
	v = json_set(a, v, "rows", rows);
	*ret = next.at ? json_set_str(a, v, "next", next) : v;
	return *ret ? ERR_OK : full(e);
}

/* Every voter with the ballot that counts. */
static struct json *voters_model(struct service *s, struct arena *a, const struct counted *c)
{
	const struct motion *m = &c->motion.motion;
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < m->voter_count; i++) {
		const struct voter *v = &m->voters[i];
		const struct ballot *b = vote_of(m, v, c->tallies, c->count);
		struct json *one = json_set_str(a, json_new_object(a), "code", v->code);
		one = json_set_str(a, one, "name", v->name);
		one = json_set(a, one, "node", model_party(s, a, v->node));
		if (b) {
			one = json_set_text(a, one, "choice", choice_name(b->choice));
			one = json_set(a, one, "time", model_time(a, b->time));
		}
		list = json_push(a, list, one);
	}
	return list;
}

/* The own organisation's vote, and whether it can be cast here. */
static enum err_code put_own_vote(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, const struct alliance_row *row, const struct motion *m,
	struct json **v, struct err *e)
{
	const struct voter *voter = motion_voter(m, by->organisation_code);
	struct json *own = json_new_object(a);
	struct alliance_row membership;
	bool member, cast;

	if (!(by->may >> CAPABILITY_ALLIANCE & 1) || !voter || !str_eq(voter->node, s->config->did))
		return ERR_OK;
	TRY(alliance_membership(store, a, by->organisation_code, &member, &membership, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_VOTE_OF);
	sql_bind_i64(q, 1, row->seq);
	sql_bind_str(q, 2, by->organisation_code);
	TRY(sql_step(q, &cast, e));
	if (cast) {
		own = json_set_str(a, own, "choice", str_copy(a, sql_str(q, 0)));
		own = json_set(a, own, "time", model_time(a, sql_i64(q, 1)));
	}
	own = json_set(a, own, "may_vote", json_new_bool(a, member && row->counted == 0 &&
		row->ended == 0 && instant_now() < row->until));
	*v = json_set(a, *v, "own", own);
	return ERR_OK;
}

enum err_code service_alliance_motion(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t motion[16], struct json **ret, struct err *e)
{
	struct alliance_row row;
	struct digest voters;
	struct store *store;
	struct counted c;
	struct json *v;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(alliance_find(store, a, motion, RECORD_MOTION, &row, e));
	TRY(count_motion(store, a, &row, &c, e));
	v = put_result(a, row_model(s, a, &row), &row, &c, instant_now());
	v = json_set_str(a, v, "text", c.motion.text);
	v = json_set(a, v, "quorum", share_json(a, &c.motion.motion.quorum));
	v = json_set(a, v, "majority", share_json(a, &c.motion.motion.majority));
	v = json_set(a, v, "quorum_met", json_new_bool(a, c.result.quorum));
	v = json_set_str(a, v, "digest", base64url_new(a, row.digest.at, DIGEST_BYTES));
	v = json_set_str(a, v, "charter", base64url_new(a, c.motion.charter.at, DIGEST_BYTES));
	TRY(motion_voters_digest(a, &c.motion.motion, &voters, e));
	v = json_set_str(a, v, "voters_digest", base64url_new(a, voters.at, DIGEST_BYTES));
	v = json_set(a, v, "ballots", voters_model(s, a, &c));
	TRY(put_own_vote(s, store, a, by, &row, &c.motion.motion, &v, e));
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* ---- members --------------------------------------------------------------------------------- */

enum err_code service_alliance_members(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a), *v = json_new_object(a);
	struct alliance_row *rows;
	struct store *store;
	size_t count;

	TRY(need_charter(s, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(alliance_members_after(store, a, query->after, LIST_ROWS + 1, &rows, &count, e));
	for (size_t i = 0; i < count && i < LIST_ROWS; i++)
		list = json_push(a, list, row_model(s, a, &rows[i]));
	v = json_set(a, v, "rows", list);
	*ret = count > LIST_ROWS ? json_set_str(a, v, "next", rows[LIST_ROWS - 1].code) : v;
	return *ret ? ERR_OK : full(e);
}

/* ---- groups and minutes ---------------------------------------------------------------------- */

/* Rows of a statement that is bound and asks for one more than `most`, as `name`; `*ret_next`: seq
 * of the last when there are more, else 0. */
static enum err_code put_rows(struct service *s, struct arena *a, struct sql *q, size_t most,
	const char *name, struct json **v, int64_t *ret_next, struct err *e)
{
	struct json *list = json_new_array(a);
	struct alliance_row row = { .seq = 0 };
	bool found;

	for (size_t i = 0;; i++) {
		TRY(sql_step(q, &found, e));
		if (!found || i == most)
			break;
		alliance_row_read(a, q, &row);
		list = json_push(a, list, row_model(s, a, &row));
	}
	*v = json_set(a, *v, name, list);
	*ret_next = found ? row.seq : 0;
	return ERR_OK;
}

static struct json *put_next(struct arena *a, struct json *v, int64_t next)
{
	return next == 0 ? v : json_set_str(a, v, "next", str_printf(a, "%lld", (long long)next));
}

static enum err_code put_records(struct service *s, struct store *store, struct arena *a,
	enum record_kind kind, const struct list_frame *frame, const char *name, struct json **v,
	int64_t *ret_next, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORDS);

	sql_bind_str(q, 1, str_of(record_kind_name(kind)));
	sql_bind_i64(q, 2, frame->before);
	sql_bind_i64(q, 3, (int64_t)frame->rows + 1);
	return put_rows(s, a, q, frame->rows, name, v, ret_next, e);
}

enum err_code service_alliance_records(struct service *s, struct arena *a, enum record_kind kind,
	const struct list_query *query, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct list_frame frame;
	struct store *store;
	int64_t next;

	TRY(need_charter(s, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(service_list_frame(s, query, &frame, e));
	TRY(put_records(s, store, a, kind, &frame, "rows", &v, &next, e));
	*ret = put_next(a, v, next);
	return *ret ? ERR_OK : full(e);
}

/* Those of a group, newest first. */
static enum err_code put_minutes_of(struct service *s, struct store *store, struct arena *a,
	const uint8_t group[16], const struct list_query *query, struct json **v, struct err *e)
{
	struct list_frame frame;
	int64_t next;

	TRY(service_list_frame(s, query, &frame, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MINUTES_OF);
	sql_bind_blob(q, 1, group, 16);
	sql_bind_i64(q, 2, frame.before);
	sql_bind_i64(q, 3, (int64_t)frame.rows + 1);
	TRY(put_rows(s, a, q, frame.rows, "minutes", v, &next, e));
	*v = put_next(a, *v, next);
	return ERR_OK;
}

/* Drafts that `by` may see: those of its own organisation, or that it may approve. */
static enum err_code put_drafts(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct json **v,
	struct err *e)
{
	struct list_frame frame;
	struct json *list;
	int64_t next;

	if (!(by->may & (MAY(ALLIANCE) | MAY(MODERATE))))
		return ERR_OK;
	TRY(service_list_frame(s, query, &frame, e));
	TRY(alliance_drafts(store, a, by, frame.before, frame.rows, &list, &next, e));
	*v = put_next(a, json_set(a, *v, "drafts", list), next);
	return ERR_OK;
}

enum err_code service_alliance_group(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t group[16], const struct list_query *query,
	struct json **ret, struct err *e)
{
	struct json *v, *seats = json_new_array(a), *may = json_new_object(a);
	bool speaks = by->may >> CAPABILITY_ALLIANCE & 1, member = false, seated, heads;
	struct alliance_record record;
	struct alliance_row membership;
	struct alliance_group g;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(alliance_group_find(store, a, group, &g, e));
	TRY(alliance_row_record(a, &g.row, &record, e));
	v = row_model(s, a, &g.row);
	v = json_set_str(a, v, "purpose", record.text);
	v = json_set(a, v, "ended", json_new_bool(a, g.row.ended != 0));
	seated = speaks && alliance_seat(&g, by->organisation_code, STR("")) != NULL;
	heads = g.row.origin.len == 0 && g.row.ended == 0 && ((speaks &&
		alliance_is_chair(&g, by)) || (by->may >> CAPABILITY_MODERATE & 1));
	for (size_t i = 0; i < g.seat_count; i++) {
		struct json *one = row_model(s, a, &g.seats[i]);
		one = json_set(a, one, "chair", json_new_bool(a, &g.seats[i] == g.chair));
		one = json_set(a, one, "may_chair", json_new_bool(a, heads && &g.seats[i] !=
			g.chair && g.seats[i].origin.len == 0));
		seats = json_push(a, seats, one);
	}
	v = json_set(a, v, "seats", seats);
	if (g.chair)
		v = json_set_str(a, v, "chair", g.chair->name);
	if (speaks)
		TRY(alliance_membership(store, a, by->organisation_code, &member, &membership, e));
	may = json_set(a, may, "join", json_new_bool(a, member && !alliance_in_group(&g,
		by->organisation_code) && g.row.ended == 0));
	may = json_set(a, may, "leave", json_new_bool(a, seated && g.row.ended == 0));
	may = json_set(a, may, "head", json_new_bool(a, heads));
	may = json_set(a, may, "minutes", json_new_bool(a, speaks && g.row.ended == 0 &&
		alliance_is_chair(&g, by)));
	v = json_set(a, v, "may", may);
	TRY(put_minutes_of(s, store, a, group, query, &v, e));
	*ret = v;
	return v ? ERR_OK : full(e);
}

static struct json *party_model(struct arena *a, const struct party *p)
{
	struct json *v = json_set_str(a, json_new_object(a), "name", p->name);

	v = json_set_str(a, v, "code", p->code);
	return json_set_str(a, v, "role", p->kind);
}

/* Decisions; what rests on a vote with its result. */
static enum err_code put_points(struct service *s, struct store *store, struct arena *a,
	const struct alliance_record *r, struct json **v, struct err *e)
{
	struct json *list = json_new_array(a), *vote;

	for (uint32_t i = 0; i < r->point_count; i++) {
		struct json *one = json_set_str(a, json_new_object(a), "text", r->points[i].text);
		struct alliance_row row;
		uint8_t key[16];
		if (r->points[i].motion.len > 0) {
			TRY(statement_id_parse(r->points[i].motion, key, e));
			one = json_set_str(a, one, "motion", uuid_of(a, key));
			if (alliance_find(store, a, key, RECORD_MOTION, &row, NULL) == ERR_OK) {
				TRY(motion_row(s, store, a, row.seq, &vote, e));
				one = json_set(a, one, "vote", vote);
			}
		}
		list = json_push(a, list, one);
	}
	*v = json_set(a, *v, "decisions", list);
	return ERR_OK;
}

enum err_code service_alliance_minutes(struct service *s, struct arena *a,
	const uint8_t minutes[16], struct json **ret, struct err *e)
{
	struct json *v, *present = json_new_array(a), *agenda = json_new_array(a);
	struct alliance_record r;
	struct alliance_row row, group;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(alliance_find(store, a, minutes, RECORD_MINUTES, &row, e));
	TRY(alliance_row_record(a, &row, &r, e));
	v = row_model(s, a, &row);
	v = json_set_str(a, v, "meeting_place", r.text);
	v = json_set_str(a, v, "held", r.held);
	v = json_set_str(a, v, "digest", base64url_new(a, row.digest.at, DIGEST_BYTES));
	v = json_set(a, v, "ended", json_new_bool(a, row.ended != 0));
	v = json_set(a, v, "drafted", party_model(a, &r.by));
	v = json_set(a, v, "approved", party_model(a, &r.approved));
	for (uint32_t i = 0; i < r.present_count; i++)
		present = json_push(a, present, party_model(a, &r.present[i]));
	for (uint32_t i = 0; i < r.agenda_count; i++)
		agenda = json_push(a, agenda, json_set_str(a, json_new_object(a), "point",
			r.agenda[i]));
	v = json_set(a, v, "present", present);
	v = json_set(a, v, "agenda", agenda);
	if (row.has_about) {
		v = json_set_str(a, v, "group", uuid_of(a, row.about));
		if (alliance_find(store, a, row.about, RECORD_GROUP, &group, NULL) == ERR_OK)
			v = json_set_str(a, v, "group_name", group.title);
	}
	TRY(put_points(s, store, a, &r, &v, e));
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* ---- the first page -------------------------------------------------------------------------- */

static enum err_code put_counts(struct service *s, struct store *store, struct arena *a,
	struct json **v, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MEMBER_COUNTS);
	struct json *list = json_new_array(a);
	bool row;

	for (;;) {
		struct json *one = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		one = put_city(s, a, one, str_copy(a, sql_str(q, 0)));
		list = json_push(a, list, json_set_number(a, one, "members",
			(double)sql_i64(q, 1)));
	}
	*v = json_set(a, *v, "cities", list);
	return ERR_OK;
}

static enum err_code put_open_votes(struct service *s, struct store *store, struct arena *a,
	struct json **v, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MOTIONS_OPEN);
	struct json *rows;
	struct str next;

	sql_bind_i64(q, 1, instant_now());
	sql_bind_i64(q, 2, SHOWN);
	TRY(motion_rows(s, store, a, q, SHOWN, &rows, &next, e));
	*v = json_set(a, *v, "open_votes", rows);
	return ERR_OK;
}

enum err_code service_alliance(struct service *s, struct arena *a, const struct account_who *by,
	const struct list_query *query, struct json **ret, struct err *e)
{
	const struct list_frame newest = { .before = INT64_MAX, .rows = SHOWN };
	struct json *v = json_new_object(a);
	struct store *store;
	int64_t more;

	TRY(need_charter(s, e));
	TRY(ledger_reader(s->ledger, &store, e));
	v = json_set(a, v, "charter", charter_model(a, s->alliance->charter, false));
	TRY(put_own(s, store, a, by, &v, e));
	TRY(put_counts(s, store, a, &v, e));
	TRY(put_open_votes(s, store, a, &v, e));
	TRY(put_records(s, store, a, RECORD_GROUP, &newest, "groups", &v, &more, e));
	TRY(put_records(s, store, a, RECORD_MINUTES, &newest, "minutes", &v, &more, e));
	TRY(put_drafts(s, store, a, by, query, &v, e));
	*ret = v;
	return v ? ERR_OK : full(e);
}
