/* record.c - reading and building the subjects of statements of kind "alliance". */
#include "alliance/record.h"

#include "base/encode.h"
#include "base/instant.h"
#include "base/limits.h"
#include "credential/statement.h"

#define TYPE "AllianceRecord"

static const char *const record_names[RECORD_KIND_COUNT] = { "membership", "motion", "tally",
	"group", "seat", "chair", "minutes" };
static const char *const choice_names[CHOICE_COUNT] = { "yes", "no", "abstain" };

const char *record_kind_name(enum record_kind k)
{
	CHECK((unsigned)k < RECORD_KIND_COUNT);
	return record_names[k];
}

const char *choice_name(enum choice c)
{
	CHECK((unsigned)c < CHOICE_COUNT);
	return choice_names[c];
}

enum choice choice_find(struct str name)
{
	unsigned c = 0;

	while (c < CHOICE_COUNT && !str_is(name, choice_names[c]))
		c++;
	return (enum choice)c;
}

const struct voter *motion_voter(const struct motion *m, struct str code)
{
	for (uint32_t i = 0; i < m->voter_count; i++) {
		if (str_eq(m->voters[i].code, code))
			return &m->voters[i];
	}
	return NULL;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "alliance: record needs too much memory");
}

static enum err_code need_text(const struct json *object, const char *name, size_t bytes_max,
	struct str *ret, struct err *e)
{
	TRY(json_need_str(object, name, ret, e));
	if (ret->len == 0 || ret->len > bytes_max)
		return err_set(e, ERR_INVALID, "alliance: \"%s\" is empty or longer than %zu bytes",
			name, bytes_max);
	return ERR_OK;
}

static enum err_code need_digest(const struct json *object, const char *name, struct digest *ret,
	struct err *e)
{
	struct str text;

	TRY(json_need_str(object, name, &text, e));
	return base64url_decode_fixed(text, ret->at, DIGEST_BYTES, e);
}

static enum err_code need_id(const struct json *object, const char *name, struct str *ret,
	struct err *e)
{
	uint8_t id_key[16];

	TRY(json_need_str(object, name, ret, e));
	return statement_id_parse(*ret, id_key, e);
}

/* Exactly as we write it, so that a record has one form. */
static enum err_code need_instant(const struct json *object, const char *name, int64_t *ret,
	struct err *e)
{
	char again[INSTANT_TEXT_BYTES];
	struct str text;

	TRY(json_need_str(object, name, &text, e));
	TRY(instant_parse(text, ret, e));
	instant_format(*ret, again);
	return str_is(text, again) ? ERR_OK : err_set(e, ERR_INVALID,
		"alliance: \"%s\" is no time in whole seconds of UTC", name);
}

static enum err_code parse_party(const struct json *v, struct party *ret, struct err *e)
{
	TRY(need_text(v, "name", LIMIT_LISTING_TITLE_BYTES, &ret->name, e));
	TRY(need_text(v, "registeredId", LIMIT_ORGANISATION_CODE_BYTES, &ret->code, e));
	return need_text(v, "kind", 32, &ret->kind, e);
}

static enum err_code need_party(const struct json *object, const char *name, struct party *ret,
	struct err *e)
{
	const struct json *v;

	TRY(json_need(object, name, JSON_OBJECT, &v, e));
	return parse_party(v, ret, e);
}

/* An array of at most so many. */
static enum err_code need_list(const struct json *object, const char *name, size_t least,
	size_t most, const struct json **ret, struct err *e)
{
	TRY(json_need(object, name, JSON_ARRAY, ret, e));
	if (json_count(*ret) < least || json_count(*ret) > most)
		return err_set(e, json_count(*ret) > most ? ERR_TOO_LARGE : ERR_INVALID,
			"alliance: \"%s\" has not %zu to %zu elements", name, least, most);
	return ERR_OK;
}

static enum err_code check_order(const char *name, struct str before, struct str code,
	struct err *e)
{
	return !before.at || str_cmp(before, code) < 0 ? ERR_OK : err_set(e, ERR_INVALID,
		"alliance: \"%s\" is not sorted by code, each once", name);
}

/* ---- each record ----------------------------------------------------------------------------- */

static enum err_code parse_membership(struct arena *a, const struct json *v,
	struct alliance_record *r, struct err *e)
{
	(void)a;
	TRY(need_digest(v, "charter", &r->charter, e));
	return need_party(v, "organisation", &r->by, e);
}

static enum err_code note_node(struct str node, struct str *nodes, size_t *count, struct err *e)
{
	for (size_t i = 0; i < *count; i++) {
		if (str_eq(nodes[i], node))
			return ERR_OK;
	}
	if (*count == LIMIT_ALLIANCE_NODES)
		return err_set(e, ERR_TOO_LARGE, "alliance: voters of more than %d nodes",
			LIMIT_ALLIANCE_NODES);
	nodes[(*count)++] = node;
	return ERR_OK;
}

static enum err_code parse_voters(struct arena *a, const struct json *v, struct motion *m,
	struct err *e)
{
	struct str nodes[LIMIT_ALLIANCE_NODES], before = { NULL, 0 };
	const struct json *list;
	struct voter *voters;
	size_t node_count = 0;

	TRY(need_list(v, "voters", 1, LIMIT_ALLIANCE_MEMBERS, &list, e));
	voters = ARENA_ARRAY(a, struct voter, json_count(list));
	if (!voters)
		return full(e);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		TRY(need_text(one, "registeredId", LIMIT_ORGANISATION_CODE_BYTES, &voters[i].code,
			e));
		TRY(need_text(one, "name", LIMIT_LISTING_TITLE_BYTES, &voters[i].name, e));
		TRY(need_text(one, "node", LIMIT_ID_BYTES, &voters[i].node, e));
		TRY(check_order("voters", before, voters[i].code, e));
		TRY(note_node(voters[i].node, nodes, &node_count, e));
		before = voters[i].code;
	}
	m->voters = voters;
	m->voter_count = (uint32_t)json_count(list);
	return ERR_OK;
}

static enum err_code parse_motion(struct arena *a, const struct json *v, struct alliance_record *r,
	struct err *e)
{
	struct motion *m = &r->motion;

	TRY(need_digest(v, "charter", &r->charter, e));
	TRY(need_party(v, "organisation", &r->by, e));
	TRY(need_text(v, "title", LIMIT_LISTING_TITLE_BYTES, &r->title, e));
	TRY(need_text(v, "text", LIMIT_LISTING_TEXT_BYTES, &r->text, e));
	m->kind = motion_kind_find(json_get_str(v, "motion"));
	if (m->kind == MOTION_KIND_COUNT)
		return err_set(e, ERR_INVALID, "alliance: \"motion\" is no kind of motion");
	TRY(need_instant(v, "opens", &m->opens, e));
	TRY(need_instant(v, "closes", &m->closes, e));
	if (m->closes <= m->opens)
		return err_set(e, ERR_INVALID, "alliance: a vote closes before it opens");
	TRY(share_parse(json_get(v, "quorum"), &m->quorum, e));
	TRY(share_parse(json_get(v, "majority"), &m->majority, e));
	return parse_voters(a, v, m, e);
}

static enum err_code parse_tally(struct arena *a, const struct json *v, struct alliance_record *r,
	struct err *e)
{
	struct str before = { NULL, 0 };
	struct ballot *ballots;
	const struct json *list;

	TRY(need_id(v, "motion", &r->about, e));
	TRY(need_digest(v, "motionDigest", &r->tally.motion, e));
	TRY(need_list(v, "ballots", 0, LIMIT_ALLIANCE_MEMBERS, &list, e));
	ballots = ARENA_ARRAY(a, struct ballot, json_count(list));
	if (!ballots)
		return full(e);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		TRY(need_text(one, "registeredId", LIMIT_ORGANISATION_CODE_BYTES, &ballots[i].code,
			e));
		ballots[i].choice = choice_find(json_get_str(one, "choice"));
		if (ballots[i].choice == CHOICE_COUNT)
			return err_set(e, ERR_INVALID, "alliance: \"choice\" is none");
		TRY(need_instant(one, "time", &ballots[i].time, e));
		TRY(check_order("ballots", before, ballots[i].code, e));
		before = ballots[i].code;
	}
	r->tally.ballots = ballots;
	r->tally.ballot_count = (uint32_t)json_count(list);
	return ERR_OK;
}

static enum err_code parse_group(struct arena *a, const struct json *v, struct alliance_record *r,
	struct err *e)
{
	(void)a;
	TRY(need_party(v, "organisation", &r->by, e));
	TRY(need_text(v, "name", LIMIT_LISTING_TITLE_BYTES, &r->title, e));
	return need_text(v, "purpose", LIMIT_LISTING_TEXT_BYTES, &r->text, e);
}

/* A seat or the chair. */
static enum err_code parse_seat(struct arena *a, const struct json *v, struct alliance_record *r,
	struct err *e)
{
	(void)a;
	TRY(need_id(v, "group", &r->about, e));
	return need_party(v, "organisation", &r->by, e);
}

static enum err_code parse_present(struct arena *a, const struct json *v,
	struct alliance_record *r, struct err *e)
{
	struct str before = { NULL, 0 };
	const struct json *list;
	struct party *present;

	TRY(need_list(v, "attendance", 1, LIMIT_ALLIANCE_MEMBERS, &list, e));
	present = ARENA_ARRAY(a, struct party, json_count(list));
	if (!present)
		return full(e);
	for (size_t i = 0; i < json_count(list); i++) {
		TRY(parse_party(json_at(list, i), &present[i], e));
		TRY(check_order("attendance", before, present[i].code, e));
		before = present[i].code;
	}
	r->present = present;
	r->present_count = (uint32_t)json_count(list);
	return ERR_OK;
}

static enum err_code parse_points(struct arena *a, const struct json *v,
	struct alliance_record *r, struct err *e)
{
	const struct json *agenda, *decisions;
	struct point *points;
	struct str *texts;

	TRY(need_list(v, "agenda", 1, LIMIT_ALLIANCE_POINTS, &agenda, e));
	TRY(need_list(v, "decisions", 0, LIMIT_ALLIANCE_POINTS, &decisions, e));
	texts = ARENA_ARRAY(a, struct str, json_count(agenda));
	points = ARENA_ARRAY(a, struct point, json_count(decisions));
	if (!texts || !points)
		return full(e);
	for (size_t i = 0; i < json_count(agenda); i++) {
		texts[i] = json_str(json_at(agenda, i));
		if (!texts[i].at || texts[i].len == 0 || texts[i].len > LIMIT_LISTING_TEXT_BYTES)
			return err_set(e, ERR_INVALID, "alliance: a point of the agenda is no text "
				"or longer than %d bytes", LIMIT_LISTING_TEXT_BYTES);
	}
	for (size_t i = 0; i < json_count(decisions); i++) {
		const struct json *one = json_at(decisions, i);
		TRY(need_text(one, "text", LIMIT_LISTING_TEXT_BYTES, &points[i].text, e));
		points[i].motion = STR("");
		if (json_get(one, "motion"))
			TRY(need_id(one, "motion", &points[i].motion, e));
	}
	r->agenda = texts;
	r->agenda_count = (uint32_t)json_count(agenda);
	r->points = points;
	r->point_count = (uint32_t)json_count(decisions);
	return ERR_OK;
}

static enum err_code parse_minutes(struct arena *a, const struct json *v,
	struct alliance_record *r, struct err *e)
{
	int64_t day;

	r->about = STR("");
	if (json_get(v, "group"))
		TRY(need_id(v, "group", &r->about, e));
	TRY(need_text(v, "title", LIMIT_LISTING_TITLE_BYTES, &r->title, e));
	TRY(need_text(v, "place", LIMIT_LISTING_TITLE_BYTES, &r->text, e));
	TRY(json_need_str(v, "held", &r->held, e));
	TRY(instant_parse_date(r->held, &day, e));
	TRY(need_party(v, "drafted", &r->by, e));
	TRY(need_party(v, "approved", &r->approved, e));
	TRY(parse_present(a, v, r, e));
	return parse_points(a, v, r, e);
}

enum err_code alliance_record_parse(struct arena *a, const struct json *subject,
	struct alliance_record *ret, struct err *e)
{
	static enum err_code (*const parsers[RECORD_KIND_COUNT])(struct arena *a,
		const struct json *v, struct alliance_record *r, struct err *e) = {
		parse_membership, parse_motion, parse_tally, parse_group, parse_seat, parse_seat,
		parse_minutes };
	struct alliance_record r = { .about = STR(""), .title = STR(""), .text = STR("") };
	struct str name = json_get_str(subject, "record");
	unsigned k = 0;

	if (!json_has_type(json_get(subject, "type"), TYPE))
		return err_set(e, ERR_INVALID, "alliance: \"type\" is not " TYPE);
	while (k < RECORD_KIND_COUNT && !str_is(name, record_names[k]))
		k++;
	if (k == RECORD_KIND_COUNT)
		return err_set(e, ERR_INVALID, "alliance: \"record\" is none that is known");
	r.kind = (enum record_kind)k;
	TRY(parsers[k](a, subject, &r, e));
	*ret = r;
	return ERR_OK;
}

/* ---- building -------------------------------------------------------------------------------- */

static struct json *party_json(struct arena *a, const struct party *p)
{
	struct json *v = json_set_str(a, json_new_object(a), "name", p->name);

	v = json_set_str(a, v, "registeredId", p->code);
	return json_set_str(a, v, "kind", p->kind);
}

static struct json *set_instant(struct arena *a, struct json *v, const char *name, int64_t at)
{
	char text[INSTANT_TEXT_BYTES];

	instant_format(at, text);
	return json_set_str(a, v, name, str_copy(a, str_of(text)));
}

static struct json *voters_json(struct arena *a, const struct motion *m)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < m->voter_count; i++) {
		struct json *one = json_set_str(a, json_new_object(a), "registeredId",
			m->voters[i].code);
		one = json_set_str(a, one, "name", m->voters[i].name);
		list = json_push(a, list, json_set_str(a, one, "node", m->voters[i].node));
	}
	return list;
}

static struct json *put_motion(struct arena *a, struct json *v, const struct alliance_record *r)
{
	const struct motion *m = &r->motion;

	v = json_set_str(a, v, "charter", base64url_new(a, r->charter.at, DIGEST_BYTES));
	v = json_set(a, v, "organisation", party_json(a, &r->by));
	v = json_set_str(a, v, "title", r->title);
	v = json_set_str(a, v, "text", r->text);
	v = json_set_text(a, v, "motion", motion_kind_name(m->kind));
	v = set_instant(a, v, "opens", m->opens);
	v = set_instant(a, v, "closes", m->closes);
	v = json_set(a, v, "quorum", share_json(a, &m->quorum));
	v = json_set(a, v, "majority", share_json(a, &m->majority));
	return json_set(a, v, "voters", voters_json(a, m));
}

static struct json *put_tally(struct arena *a, struct json *v, const struct alliance_record *r)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < r->tally.ballot_count; i++) {
		const struct ballot *b = &r->tally.ballots[i];
		struct json *one = json_set_str(a, json_new_object(a), "registeredId", b->code);
		one = json_set_text(a, one, "choice", choice_name(b->choice));
		list = json_push(a, list, set_instant(a, one, "time", b->time));
	}
	v = json_set_str(a, v, "motion", r->about);
	v = json_set_str(a, v, "motionDigest", base64url_new(a, r->tally.motion.at, DIGEST_BYTES));
	return json_set(a, v, "ballots", list);
}

static struct json *put_minutes(struct arena *a, struct json *v, const struct alliance_record *r)
{
	struct json *present = json_new_array(a), *agenda = json_new_array(a);
	struct json *points = json_new_array(a);

	for (uint32_t i = 0; i < r->present_count; i++)
		present = json_push(a, present, party_json(a, &r->present[i]));
	for (uint32_t i = 0; i < r->agenda_count; i++)
		agenda = json_push(a, agenda, json_new_str(a, r->agenda[i]));
	for (uint32_t i = 0; i < r->point_count; i++) {
		struct json *one = json_set_str(a, json_new_object(a), "text", r->points[i].text);
		if (r->points[i].motion.len > 0)
			one = json_set_str(a, one, "motion", r->points[i].motion);
		points = json_push(a, points, one);
	}
	if (r->about.len > 0)
		v = json_set_str(a, v, "group", r->about);
	v = json_set_str(a, v, "title", r->title);
	v = json_set_str(a, v, "place", r->text);
	v = json_set_str(a, v, "held", r->held);
	v = json_set(a, v, "drafted", party_json(a, &r->by));
	v = json_set(a, v, "approved", party_json(a, &r->approved));
	v = json_set(a, v, "attendance", present);
	v = json_set(a, v, "agenda", agenda);
	return json_set(a, v, "decisions", points);
}

struct json *alliance_record_subject(struct arena *a, const struct alliance_record *r)
{
	struct json *v = json_set_text(a, json_new_object(a), "type", TYPE);

	v = json_set_text(a, v, "record", record_kind_name(r->kind));
	switch (r->kind) {
	case RECORD_MEMBERSHIP:
		v = json_set_str(a, v, "charter", base64url_new(a, r->charter.at, DIGEST_BYTES));
		return json_set(a, v, "organisation", party_json(a, &r->by));
	case RECORD_MOTION:
		return put_motion(a, v, r);
	case RECORD_TALLY:
		return put_tally(a, v, r);
	case RECORD_GROUP:
		v = json_set(a, v, "organisation", party_json(a, &r->by));
		v = json_set_str(a, v, "name", r->title);
		return json_set_str(a, v, "purpose", r->text);
	case RECORD_SEAT:
	case RECORD_CHAIR:
		v = json_set_str(a, v, "group", r->about);
		return json_set(a, v, "organisation", party_json(a, &r->by));
	case RECORD_MINUTES:
		return put_minutes(a, v, r);
	case RECORD_KIND_COUNT:
		break;
	}
	return NULL;
}

enum err_code motion_voters_digest(struct arena *a, const struct motion *m, struct digest *ret,
	struct err *e)
{
	struct str bytes;

	TRY(json_jcs(a, voters_json(a, m), &bytes, e));
	*ret = digest_sha256(bytes);
	return ERR_OK;
}
