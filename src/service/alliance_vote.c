/* alliance_vote.c - moving, voting, and closing: the tally of this node's members. */
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/alliance_inner.h"

#define COUNT_ARENA_BYTES ((size_t)16 << 20)
#define COUNT_ROUND 16
#define CHINA_OFFSET "+08:00"

/* ---- moving ---------------------------------------------------------------------------------- */

struct moving {
	struct service *service;
	const struct account_who *by;
	struct arena *arena;
	struct alliance_record record;
	uint8_t uuid[16];
	bool member, many, full;
};

/* All members known here now. */
static enum err_code put_voters(struct moving *x, struct store *store, struct err *e)
{
	struct alliance_row *members;
	struct voter *voters;
	size_t count;

	TRY(alliance_members(store, x->arena, &members, &count, e));
	x->full = count > LIMIT_ALLIANCE_MEMBERS;
	if (x->full)
		return ERR_OK;
	voters = ARENA_ARRAY(x->arena, struct voter, count);
	if (!voters)
		return err_set(e, ERR_TOO_LARGE, "voters need too much memory");
	for (size_t i = 0; i < count; i++)
		voters[i] = (struct voter){ .code = members[i].code, .name = members[i].name,
			.node = members[i].issuer };
	x->record.motion.voters = voters;
	x->record.motion.voter_count = (uint32_t)count;
	return ERR_OK;
}

static enum err_code write_move(void *context, struct store *store, struct err *e)
{
	struct moving *x = context;
	int64_t now = x->record.motion.opens;
	struct alliance_row row;
	uint32_t count;

	TRY(alliance_membership(store, x->arena, x->by->organisation_code, &x->member, &row, e));
	TRY(alliance_count_of(store, RECORD_MOTION, x->by->organisation_code, now, &count, e));
	x->many = count >= LIMIT_ALLIANCE_MOTIONS_OPEN;
	if (!x->member || x->many)
		return ERR_OK;
	TRY(put_voters(x, store, e));
	if (x->full)
		return ERR_OK;
	TRY(alliance_issue_record(store, x->arena, x->uuid, &x->record, e));
	return alliance_line(store, x->by, now, "alliance-motion", x->record.title, STR(""), e);
}

/* "2026-12-08T18:00", perhaps with seconds, in China. */
static void check_closes(struct arena *a, const struct charter *c, struct str text, int64_t now,
	struct json *problems, int64_t *ret)
{
	struct str full = str_printf(a, STR_FMT "%s" CHINA_OFFSET, STR_ARG(text),
		text.len == 16 ? ":00" : "");

	if (text.len == 0)
		form_wrong(a, problems, "closes", "missing");
	else if (instant_parse(full, ret, NULL) != ERR_OK)
		form_wrong(a, problems, "closes", "not-a-time");
	else if (*ret <= now || *ret - now < (int64_t)c->shortest_minutes * 60)
		form_wrong(a, problems, "closes", "closes-soon");
	else if (*ret - now > (int64_t)c->longest_minutes * 60)
		form_wrong(a, problems, "closes", "closes-late");
}

enum err_code service_alliance_move(struct service *s, struct arena *a,
	const struct account_who *by, const struct alliance_move *form, struct json **ret_problems,
	struct str *ret, struct err *e)
{
	const struct charter *c = s->alliance->charter;
	struct moving x = { .service = s, .by = by, .arena = a,
		.record = { .kind = RECORD_MOTION, .about = STR(""), .by = alliance_party(s, by),
			.title = form->title, .text = form->text } };
	struct json *problems = json_new_object(a);
	struct motion *m = &x.record.motion;

	CHECK(by->may >> CAPABILITY_ALLIANCE & 1);
	*ret_problems = problems;
	if (!c)
		return err_set(e, ERR_NOT_FOUND, "there is no alliance here");
	m->opens = instant_now();
	m->kind = motion_kind_find(form->kind);
	form_check_prose(a, problems, "title", form->title, LIMIT_LISTING_TITLE_BYTES);
	form_check_prose(a, problems, "motion_text", form->text, LIMIT_LISTING_TEXT_BYTES);
	if (m->kind == MOTION_KIND_COUNT)
		form_wrong(a, problems, "motion_kind", "not-a-choice");
	check_closes(a, c, form->closes, m->opens, problems, &m->closes);
	TRY(form_check(problems, e));
	x.record.charter = c->digest;
	m->quorum = c->quorum;
	m->majority = c->majority[m->kind];
	service_uuid(x.uuid);
	TRY(ledger_write(s->ledger, write_move, &x, e));
	if (!x.member)
		return err_set(e, ERR_DENIED, "your organisation is no member of the alliance");
	if (x.full)
		alliance_wrong(a, problems, "voters-many");
	if (x.many || x.full)
		return err_set(e, ERR_CONFLICT, x.many ? "your organisation has enough open votes"
			: "the alliance has more members than a vote can hold");
	alliance_carry_out(s);
	*ret = statement_id_text(a, x.uuid);
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no room for an id");
}

/* ---- voting ---------------------------------------------------------------------------------- */

struct voting {
	const struct account_who *by;
	struct arena *arena;
	struct alliance_row motion;
	struct str choice;
	int64_t opens;             /* by the clock of the node that opened it */
	bool closed, member;
};

/* The clock is asked here, in the order of the writer: what comes before the motion is closed
 * counts, what comes later is refused. */
static enum err_code write_vote(void *context, struct store *store, struct err *e)
{
	struct voting *x = context;
	int64_t now = instant_now();
	struct alliance_row motion, row;
	bool found;

	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_BY_SEQ);
		sql_bind_i64(q, 1, x->motion.seq);
		TRY(sql_step(q, &found, e));
		if (!found)
			return err_set(e, ERR_NOT_FOUND, "there is no such motion here");
		alliance_row_read(x->arena, q, &motion);
	}
	TRY(alliance_membership(store, x->arena, x->by->organisation_code, &x->member, &row, e));
	x->closed = now >= motion.until || motion.counted != 0 || motion.ended != 0;
	if (x->closed || !x->member)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_VOTE_PUT);
	sql_bind_i64(q, 1, motion.seq);
	sql_bind_str(q, 2, x->by->organisation_code);
	sql_bind_str(q, 3, x->choice);
	sql_bind_i64(q, 4, x->by->account);
	sql_bind_i64(q, 5, now < x->opens ? x->opens : now);
	TRY(sql_run(q, e));
	return alliance_line(store, x->by, now, "alliance-vote", motion.title, x->choice, e);
}

enum err_code service_alliance_vote(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t motion[16], struct str choice, struct err *e)
{
	struct voting x = { .by = by, .arena = a, .choice = choice };
	struct alliance_record record;
	const struct voter *voter;
	struct store *store;

	CHECK(by->may >> CAPABILITY_ALLIANCE & 1);
	if (choice_find(choice) == CHOICE_COUNT)
		return err_set(e, ERR_INVALID, "field \"choice\": yes, no or abstain");
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(alliance_find(store, a, motion, RECORD_MOTION, &x.motion, e));
	TRY(alliance_row_record(a, &x.motion, &record, e));
	x.opens = record.motion.opens;
	voter = motion_voter(&record.motion, by->organisation_code);
	if (!voter || !str_eq(voter->node, s->config->did))
		return err_set(e, ERR_DENIED, "your organisation has no vote here: it was no "
			"member when the vote opened, or votes in the other city");
	TRY(ledger_write(s->ledger, write_vote, &x, e));
	if (!x.closed && !x.member)
		return err_set(e, ERR_DENIED, "your organisation is no member of the alliance");
	return x.closed ? err_set(e, ERR_CONFLICT, "this vote is closed") : ERR_OK;
}

/* ---- closing --------------------------------------------------------------------------------- */

struct closing {
	struct service *service;
	struct arena *arena;
	int64_t seq, now;
	uint8_t uuid[16];
};

static bool has_voter_here(const struct service *s, const struct motion *m)
{
	for (uint32_t i = 0; i < m->voter_count; i++) {
		if (str_eq(m->voters[i].node, s->config->did))
			return true;
	}
	return false;
}

static enum err_code read_ballots(struct store *store, struct arena *a, int64_t motion,
	struct tally *ret, struct err *e)
{
	struct ballot *ballots = ARENA_ARRAY(a, struct ballot, LIMIT_ALLIANCE_MEMBERS);
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_VOTES);
	bool row;

	if (!ballots)
		return err_set(e, ERR_TOO_LARGE, "ballots need too much memory");
	sql_bind_i64(q, 1, motion);
	sql_bind_i64(q, 2, LIMIT_ALLIANCE_MEMBERS);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		ballots[ret->ballot_count++] = (struct ballot){
			.code = str_copy(a, sql_str(q, 0)), .choice = choice_find(sql_str(q, 1)),
			.time = sql_i64(q, 2) };
	}
	ret->ballots = ballots;
	return ERR_OK;
}

/* In the writer, behind every ballot that was taken: nothing comes between closing and counting. */
static enum err_code write_close(void *context, struct store *store, struct err *e)
{
	struct closing *x = context;
	struct alliance_record motion, r = { .kind = RECORD_TALLY };
	struct alliance_row row;
	bool found;

	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_BY_SEQ);
		sql_bind_i64(q, 1, x->seq);
		TRY(sql_step(q, &found, e));
		if (!found)
			return ERR_OK;
		alliance_row_read(x->arena, q, &row);
	}
	if (row.counted != 0 || row.ended != 0 || x->now < row.until)
		return ERR_OK;
	{
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_RECORD_COUNTED);
		sql_bind_i64(q, 1, x->seq);
		sql_bind_i64(q, 2, x->now);
		TRY(sql_run(q, e));
	}
	TRY(alliance_row_record(x->arena, &row, &motion, e));
	if (!has_voter_here(x->service, &motion.motion))
		return ERR_OK;
	r.about = statement_id_text(x->arena, row.id_key);
	r.tally.motion = row.digest;
	TRY(read_ballots(store, x->arena, x->seq, &r.tally, e));
	return alliance_issue_record(store, x->arena, x->uuid, &r, e);
}

static enum err_code find_due(struct service *s, int64_t now, int64_t due[COUNT_ROUND],
	size_t *ret, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MOTIONS_DUE);
	sql_bind_i64(q, 1, now);
	sql_bind_i64(q, 2, COUNT_ROUND);
	for (*ret = 0; *ret < COUNT_ROUND;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		due[(*ret)++] = sql_i64(q, 0);
	}
	return ERR_OK;
}

void alliance_count_due(struct service *s)
{
	struct closing x = { .service = s, .now = instant_now() };
	int64_t due[COUNT_ROUND];
	struct err e = { 0 };
	size_t count = 0;

	if (find_due(s, x.now, due, &count, &e) != ERR_OK)
		diag_err(DIAG_WARN, "alliance", &e);
	for (size_t i = 0; i < count; i++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, COUNT_ARENA_BYTES);
		x.arena = &a;
		x.seq = due[i];
		service_uuid(x.uuid);
		if (ledger_write(s->ledger, write_close, &x, &e) != ERR_OK)
			diag_err(DIAG_WARN, "alliance", &e);
	}
}
