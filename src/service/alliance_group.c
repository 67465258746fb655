/* alliance_group.c - founding working groups, joining and leaving them, handing over the chair. */
#include "base/instant.h"
#include "service/alliance_inner.h"

/* ---- founding -------------------------------------------------------------------------------- */

struct founding {
	struct arena *arena;
	const struct account_who *by;
	struct alliance_record group, seat;
	uint8_t group_uuid[16], seat_uuid[16];
	int64_t now;
	bool member, many;
};

static enum err_code write_found(void *context, struct store *store, struct err *e)
{
	struct founding *x = context;
	struct alliance_row row;
	uint32_t count;

	TRY(alliance_membership(store, x->arena, x->by->organisation_code, &x->member, &row, e));
	TRY(alliance_count_of(store, RECORD_GROUP, x->by->organisation_code, x->now, &count, e));
	x->many = count >= LIMIT_ALLIANCE_GROUPS;
	if (!x->member || x->many)
		return ERR_OK;
	TRY(alliance_issue_record(store, x->arena, x->group_uuid, &x->group, e));
	TRY(alliance_issue_record(store, x->arena, x->seat_uuid, &x->seat, e));
	return alliance_line(store, x->by, x->now, "alliance-group", x->group.title, STR("found"),
		e);
}

enum err_code service_alliance_found(struct service *s, struct arena *a,
	const struct account_who *by, struct str name, struct str purpose,
	struct json **ret_problems, struct str *ret, struct err *e)
{
	struct founding x = { .arena = a, .by = by, .now = instant_now(),
		.group = { .kind = RECORD_GROUP, .about = STR(""), .by = alliance_party(s, by),
			.title = name, .text = purpose },
		.seat = { .kind = RECORD_SEAT, .by = alliance_party(s, by) } };

	CHECK(by->may >> CAPABILITY_ALLIANCE & 1);
	*ret_problems = json_new_object(a);
	form_check_prose(a, *ret_problems, "group_name", name, LIMIT_LISTING_TITLE_BYTES);
	form_check_prose(a, *ret_problems, "group_purpose", purpose, LIMIT_LISTING_TEXT_BYTES);
	TRY(form_check(*ret_problems, e));
	service_uuid(x.group_uuid);
	service_uuid(x.seat_uuid);
	x.seat.about = statement_id_text(a, x.group_uuid);
	TRY(ledger_write(s->ledger, write_found, &x, e));
	if (!x.member)
		return err_set(e, ERR_DENIED, "your organisation is no member of the alliance");
	if (x.many)
		return err_set(e, ERR_CONFLICT, "your organisation has founded enough groups");
	alliance_carry_out(s);
	*ret = x.seat.about;
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no room for an id");
}

/* ---- acts ------------------------------------------------------------------------------------ */

struct acting {
	struct service *service;
	struct arena *arena;
	const struct account_who *by;
	const uint8_t *group;
	struct str act, code;
	uint8_t uuid[16];
	int64_t now;
	enum err_code refused;             /* and why */
	const char *why;
};

static enum err_code refuse(struct acting *x, enum err_code code, const char *why)
{
	x->refused = code;
	x->why = why;
	return ERR_OK;
}

static enum err_code put_seat(struct acting *x, struct store *store,
	const struct alliance_group *g, struct err *e)
{
	struct alliance_record r = { .kind = RECORD_SEAT, .by = alliance_party(x->service, x->by),
		.about = statement_id_text(x->arena, g->row.id_key) };
	struct alliance_row row;
	bool member, waits;

	TRY(alliance_membership(store, x->arena, x->by->organisation_code, &member, &row, e));
	TRY(alliance_waits(store, "seat", x->by->organisation_code, g->row.id_key, &waits, e));
	if (!member)
		return refuse(x, ERR_DENIED, "your organisation is no member of the alliance");
	if (waits || alliance_in_group(g, x->by->organisation_code))
		return refuse(x, ERR_CONFLICT, "your organisation is in this group already");
	if (g->seat_count >= LIMIT_ALLIANCE_MEMBERS)
		return refuse(x, ERR_CONFLICT, "the group is full");
	return alliance_issue_record(store, x->arena, x->uuid, &r, e);
}

/* To another of the group that is of this node. */
static enum err_code put_chair(struct acting *x, struct store *store,
	const struct alliance_group *g, struct err *e)
{
	struct alliance_record r = { .kind = RECORD_CHAIR,
		.about = statement_id_text(x->arena, g->row.id_key) };
	const struct alliance_row *to = alliance_seat(g, x->code, STR(""));

	if (!to || to == g->chair)
		return refuse(x, ERR_CONFLICT, "the chair passes to another of the group that is "
			"of this city");
	r.by = (struct party){ .name = to->name, .code = to->code, .kind = to->kind };
	return alliance_issue_record(store, x->arena, x->uuid, &r, e);
}

static enum err_code do_act(struct acting *x, struct store *store, const struct alliance_group *g,
	struct err *e)
{
	bool secretariat = x->by->may >> CAPABILITY_MODERATE & 1;
	const struct alliance_row *seat = alliance_seat(g, x->by->organisation_code, STR(""));

	if (str_is(x->act, "join"))
		return secretariat ? refuse(x, ERR_DENIED, "members join, not the secretariat")
			: put_seat(x, store, g, e);
	if (str_is(x->act, "leave"))
		return seat ? alliance_issue_end(store, x->arena, seat, e)
			: refuse(x, ERR_CONFLICT, "your organisation is not in this group");
	if (g->row.origin.len > 0 || !(secretariat || alliance_is_chair(g, x->by)))
		return refuse(x, ERR_DENIED, "only the group's chair may do this, or the "
			"secretariat of its city");
	return str_is(x->act, "chair") ? put_chair(x, store, g, e)
		: alliance_issue_end(store, x->arena, &g->row, e);
}

static enum err_code write_act(void *context, struct store *store, struct err *e)
{
	struct acting *x = context;
	struct alliance_group g;

	x->refused = ERR_OK;
	TRY(alliance_group_find(store, x->arena, x->group, &g, e));
	if (g.row.ended != 0)
		return refuse(x, ERR_CONFLICT, "this group has ended");
	TRY(do_act(x, store, &g, e));
	if (x->refused != ERR_OK)
		return ERR_OK;
	return alliance_line(store, x->by, x->now, "alliance-group", g.row.title, x->act, e);
}

enum err_code service_alliance_group_act(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t group[16], struct str act, struct str code,
	struct err *e)
{
	struct acting x = { .service = s, .arena = a, .by = by, .group = group, .act = act,
		.code = code, .now = instant_now() };

	if (!str_is(act, "join") && !str_is(act, "leave") && !str_is(act, "chair") &&
		!str_is(act, "end"))
		return err_set(e, ERR_INVALID, "field \"do\": nothing that can be done");
	service_uuid(x.uuid);
	TRY(ledger_write(s->ledger, write_act, &x, e));
	if (x.refused != ERR_OK)
		return err_set(e, x.refused, "%s", x.why);
	alliance_carry_out(s);
	return ERR_OK;
}
