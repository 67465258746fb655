/* alliance_minutes.c - drafting minutes, and publishing what a second person approved. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "service/alliance_inner.h"

#define VOTES_OFFERED 30

struct draft {
	int64_t id, organisation, account, revision, changed;
	uint8_t group[16];
	bool has_group, published;
	struct str title, body;
};

static enum err_code find_draft(struct store *store, struct arena *a, int64_t id,
	struct draft *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_DRAFT_ONE);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there are no such minutes here");
	*ret = (struct draft){ .id = id, .organisation = sql_i64(q, 2), .account = sql_i64(q, 3),
		.has_group = sql_str(q, 1).len == 16, .title = str_copy(a, sql_str(q, 4)),
		.body = str_copy(a, sql_str(q, 5)), .revision = sql_i64(q, 6),
		.published = sql_str(q, 7).len > 0, .changed = sql_i64(q, 8) };
	if (ret->has_group)
		memcpy(ret->group, sql_str(q, 1).at, 16);
	return ERR_OK;
}

/* ---- who may --------------------------------------------------------------------------------- */

static bool is_secretariat(const struct account_who *by)
{
	return by->may >> CAPABILITY_MODERATE & 1;
}

/* The secretariat for the alliance, the chair for a group. `group` NULL: of the alliance. */
static enum err_code may_write(struct store *store, struct arena *a, const struct account_who *by,
	const uint8_t *group, bool *ret, struct err *e)
{
	struct alliance_group g;

	*ret = is_secretariat(by);
	if (!group)
		return ERR_OK;
	TRY(alliance_group_find(store, a, group, &g, e));
	*ret = g.row.origin.len == 0 && g.row.ended == 0 && alliance_is_chair(&g, by);
	return ERR_OK;
}

/* A second person: of the secretariat, or of a member of this node that is in the group. */
static enum err_code may_approve(struct store *store, struct arena *a,
	const struct account_who *by, const struct draft *d, bool *ret, struct err *e)
{
	struct alliance_group g;
	struct alliance_row row;

	*ret = false;
	if (d->account == by->account)
		return ERR_OK;
	*ret = is_secretariat(by);
	if (*ret || !(by->may >> CAPABILITY_ALLIANCE & 1))
		return ERR_OK;
	if (!d->has_group)
		return alliance_membership(store, a, by->organisation_code, ret, &row, e);
	TRY(alliance_group_find(store, a, d->group, &g, e));
	*ret = alliance_seat(&g, by->organisation_code, STR("")) != NULL;
	return ERR_OK;
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* Members, or who is in the group. */
static enum err_code find_people(struct store *store, struct arena *a, const uint8_t *group,
	struct alliance_row **ret, size_t *ret_count, struct err *e)
{
	struct alliance_group g;

	if (!group)
		return alliance_members(store, a, ret, ret_count, e);
	TRY(alliance_group_find(store, a, group, &g, e));
	*ret = g.seats;
	*ret_count = g.seat_count;
	return ERR_OK;
}

/* The next line that is not empty, without CR and space; at NULL: none. */
static struct str next_line(struct str *rest)
{
	while (rest->at) {
		struct str line = str_cut(rest, '\n');
		while (line.len > 0 && (line.at[line.len - 1] == '\r' ||
			line.at[line.len - 1] == ' '))
			line.len--;
		if (str_trim(line).len > 0)
			return str_trim(line);
	}
	return (struct str){ NULL, 0 };
}

/* Which of them are named by a line's first word; the list stays sorted. */
static enum err_code read_present(struct arena *a, struct str text,
	const struct alliance_row *people, size_t count, struct json *problems,
	struct alliance_record *r, struct err *e)
{
	bool *named = ARENA_ARRAY(a, bool, count);
	struct party *present = ARENA_ARRAY(a, struct party, count);
	struct str line;

	if (!named || !present)
		return err_set(e, ERR_TOO_LARGE, "attendance needs too much memory");
	memset(named, 0, count * sizeof(named[0]));
	while ((line = next_line(&text)).at) {
		struct str code = str_cut(&line, ' ');
		size_t i = 0;
		while (i < count && !str_eq(people[i].code, code))
			i++;
		if (i == count)
			form_wrong(a, problems, "present", "not-a-member");
		else
			named[i] = true;
	}
	for (size_t i = 0; i < count; i++) {
		if (named[i])
			present[r->present_count++] = (struct party){ .name = people[i].name,
				.code = people[i].code, .kind = people[i].kind };
	}
	r->present = present;
	if (r->present_count == 0)
		form_wrong(a, problems, "present", "missing");
	return ERR_OK;
}

static void read_agenda(struct arena *a, struct str text, struct json *problems,
	struct alliance_record *r)
{
	struct str *points = ARENA_ARRAY(a, struct str, LIMIT_ALLIANCE_POINTS);
	struct str line;

	while (points && (line = next_line(&text)).at) {
		if (r->agenda_count == LIMIT_ALLIANCE_POINTS) {
			form_wrong(a, problems, "agenda", "too-many");
			break;
		}
		if (line.len > LIMIT_LISTING_TEXT_BYTES)
			form_wrong(a, problems, "agenda", "too-long");
		points[r->agenda_count++] = line;
	}
	r->agenda = points;
	if (r->agenda_count == 0)
		form_wrong(a, problems, "agenda", "missing");
}

/* A decision that rests on a vote names one that is known here. */
static void read_points(struct store *store, struct arena *a, const struct alliance_minutes *form,
	struct json *problems, struct alliance_record *r)
{
	struct point *points = ARENA_ARRAY(a, struct point, LIMIT_ALLIANCE_POINTS);

	for (size_t i = 0; points && i < form->point_count; i++) {
		struct str text = str_trim(form->points[i].text), motion = form->points[i].motion;
		struct alliance_row row;
		uint8_t key[16];
		if (text.len == 0 && motion.len == 0)
			continue;
		if (text.len == 0 || text.len > LIMIT_LISTING_TEXT_BYTES)
			form_wrong(a, problems, "decisions", text.len == 0 ? "missing"
				: "too-long");
		if (motion.len > 0 && (statement_id_parse(motion, key, NULL) != ERR_OK ||
			alliance_find(store, a, key, RECORD_MOTION, &row, NULL) != ERR_OK))
			form_wrong(a, problems, "decisions", "not-a-choice");
		points[r->point_count++] = (struct point){ .text = text,
			.motion = motion.len > 0 ? motion : STR("") };
	}
	r->points = points;
}

/* The record that the form comes to, without who drafted and approved it. */
static enum err_code read_form(struct store *store, struct arena *a,
	const struct alliance_minutes *form, const uint8_t *group, struct json *problems,
	struct alliance_record *ret, struct err *e)
{
	struct alliance_row *people;
	size_t count;
	int32_t day;

	*ret = (struct alliance_record){ .kind = RECORD_MINUTES, .title = form->title,
		.text = form->place, .held = form->held,
		.about = group ? statement_id_text(a, group) : STR("") };
	form_check_prose(a, problems, "title", form->title, LIMIT_LISTING_TITLE_BYTES);
	form_check_prose(a, problems, "meeting_place", form->place, LIMIT_LISTING_TITLE_BYTES);
	if (china_day_parse(form->held, &day, NULL) != ERR_OK)
		form_wrong(a, problems, "held", form->held.len == 0 ? "missing" : "not-a-day");
	else if (day > china_day(instant_now()))
		form_wrong(a, problems, "held", "not-held-yet");
	TRY(find_people(store, a, group, &people, &count, e));
	TRY(read_present(a, form->present, people, count, problems, ret, e));
	read_agenda(a, form->agenda, problems, ret);
	read_points(store, a, form, problems, ret);
	return ERR_OK;
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static struct json *form_json(struct arena *a, const struct alliance_minutes *form)
{
	struct json *v = json_new_object(a), *points = json_new_array(a);

	v = json_set_str(a, v, "title", form->title);
	v = json_set_str(a, v, "meeting_place", form->place);
	v = json_set_str(a, v, "held", form->held);
	v = json_set_str(a, v, "present", form->present);
	v = json_set_str(a, v, "agenda", form->agenda);
	for (size_t i = 0; i < form->point_count; i++) {
		struct json *one = json_new_object(a);
		if (form->points[i].text.len == 0 && form->points[i].motion.len == 0)
			continue;
		one = json_set_str(a, one, "text", form->points[i].text);
		points = json_push(a, points, json_set_str(a, one, "motion",
			form->points[i].motion));
	}
	return json_set(a, v, "decisions", points);
}

static void form_of_json(const struct json *v, struct alliance_minutes *ret)
{
	const struct json *points = json_get(v, "decisions");

	ret->title = json_get_str(v, "title");
	ret->place = json_get_str(v, "meeting_place");
	ret->held = json_get_str(v, "held");
	ret->present = json_get_str(v, "present");
	ret->agenda = json_get_str(v, "agenda");
	ret->point_count = json_count(points) > LIMIT_ALLIANCE_POINTS ? LIMIT_ALLIANCE_POINTS
		: json_count(points);
	for (size_t i = 0; i < ret->point_count; i++)
		ret->points[i] = (struct alliance_point){
			.text = json_get_str(json_at(points, i), "text"),
			.motion = json_get_str(json_at(points, i), "motion") };
}

struct saving {
	struct arena *arena;
	const struct account_who *by;
	const uint8_t *group;
	struct str title, body;
	int64_t id, revision, now; /* id 0: a new one */
	int64_t made;              /* its number; `id` stays, for the job may run again */
	bool many, stale;
};

static enum err_code write_save(void *context, struct store *store, struct err *e)
{
	struct saving *x = context;
	bool row;

	x->many = x->stale = false;
	if (x->id != 0) {
		SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_DRAFT_SAVE);
		sql_bind_i64(q, 1, x->id);
		sql_bind_i64(q, 2, x->revision);
		sql_bind_str(q, 3, x->title);
		sql_bind_str(q, 4, x->body);
		sql_bind_i64(q, 5, x->by->account);
		sql_bind_i64(q, 6, x->now);
		TRY(sql_step(q, &row, e));
		x->stale = !row;
		return ERR_OK;
	}
	SCOPED_SQL count = sql_use(store, SQL_ALLIANCE_DRAFT_COUNT);
	sql_bind_i64(count, 1, x->by->organisation);
	TRY(sql_step(count, &row, e));
	x->many = sql_i64(count, 0) >= LIMIT_ALLIANCE_DRAFTS;
	if (x->many)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_DRAFT_ADD);
	sql_bind_blob(q, 1, x->group ? x->group : (const uint8_t *)"", x->group ? 16 : 0);
	sql_bind_i64(q, 2, x->by->organisation);
	sql_bind_i64(q, 3, x->by->account);
	sql_bind_str(q, 4, x->title);
	sql_bind_str(q, 5, x->body);
	sql_bind_i64(q, 6, x->now);
	TRY(sql_run(q, e));
	SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
	TRY(sql_step(last, &row, e));
	x->made = sql_i64(last, 0);
	return ERR_OK;
}

/* The group of a new draft, or of the one that is there; `by` may write in it. */
static enum err_code begin(struct store *store, struct arena *a, const struct account_who *by,
	int64_t id, struct str group, uint8_t key[16], const uint8_t **ret_group, struct err *e)
{
	struct draft d;
	bool may;

	*ret_group = NULL;
	if (id != 0) {
		TRY(find_draft(store, a, id, &d, e));
		memcpy(key, d.group, 16);
		*ret_group = d.has_group ? key : NULL;
		if (d.organisation != by->organisation)
			return err_set(e, ERR_NOT_FOUND, "there are no such minutes here");
	} else if (group.len > 0) {
		TRY(statement_id_parse(str_printf(a, "urn:uuid:" STR_FMT, STR_ARG(group)), key,
			e));
		*ret_group = key;
	}
	TRY(may_write(store, a, by, *ret_group, &may, e));
	return may ? ERR_OK : err_set(e, ERR_DENIED, "minutes of a group are its chair's, those of "
		"the alliance the secretariat's");
}

/* With the longest approver: what is saved can be published, whoever approves it. */
static enum err_code check_length(struct arena *a, struct alliance_record *r,
	struct json *problems, struct err *e)
{
	char *name = arena_alloc(a, LIMIT_LISTING_TITLE_BYTES);
	struct str text;
	enum err_code code;

	if (!name)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	memset(name, '"', LIMIT_LISTING_TITLE_BYTES); /* two bytes each, as JSON */
	r->approved = (struct party){ .name = { name, LIMIT_LISTING_TITLE_BYTES },
		.code = STR("------------------"),
		.kind = STR("--------------------------------") };
	code = alliance_record_text(a, r, &text, e);
	if (code != ERR_TOO_LARGE)
		return code;
	alliance_wrong(a, problems, "minutes-long");
	return form_check(problems, e);
}

enum err_code service_alliance_draft(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision,
	const struct alliance_minutes *form, struct json **ret_problems, int64_t *ret,
	struct err *e)
{
	struct saving x = { .arena = a, .by = by, .id = id, .revision = revision,
		.title = form->title, .now = instant_now() };
	struct alliance_record record;
	struct store *store;
	uint8_t key[16];

	*ret_problems = json_new_object(a);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(begin(store, a, by, id, form->group, key, &x.group, e));
	TRY(read_form(store, a, form, x.group, *ret_problems, &record, e));
	TRY(form_check(*ret_problems, e));
	record.by = alliance_party(s, by);
	TRY(check_length(a, &record, *ret_problems, e));
	TRY(json_jcs(a, form_json(a, form), &x.body, e));
	TRY(ledger_write(s->ledger, write_save, &x, e));
	if (x.many || x.stale)
		return err_set(e, ERR_CONFLICT, x.many ? "too many minutes are not published yet"
			: "somebody else changed these minutes meanwhile");
	*ret = id == 0 ? x.made : id;
	return ERR_OK;
}

/* ---- approving ------------------------------------------------------------------------------- */

struct approving {
	struct service *service;
	struct arena *arena;
	const struct account_who *by;
	struct alliance_minutes *form;
	int64_t id, revision, now;
	uint8_t uuid[16];
	bool may, stale, faulty;
};

/* Organisation that drafted: as an account of it would be told. */
static enum err_code drafted_by(struct approving *x, struct store *store, int64_t organisation,
	struct party *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_ORGANISATION);
	bool row;

	sql_bind_i64(q, 1, organisation);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_DENIED, "the organisation is not confirmed");
	*ret = (struct party){ .kind = str_copy(x->arena, sql_str(q, 2)),
		.name = organisation == 1 ? x->service->config->name_zh
			: str_copy(x->arena, sql_str(q, 0)),
		.code = organisation == 1 ? STR("-") : str_copy(x->arena, sql_str(q, 1)) };
	return ERR_OK;
}

static enum err_code write_approve(void *context, struct store *store, struct err *e)
{
	struct approving *x = context;
	struct json *body, *problems = json_new_object(x->arena);
	struct alliance_record record;
	struct draft d;
	bool row;

	TRY(find_draft(store, x->arena, x->id, &d, e));
	TRY(may_approve(store, x->arena, x->by, &d, &x->may, e));
	x->stale = d.published || d.revision != x->revision;
	if (!x->may || x->stale)
		return ERR_OK;
	TRY(json_parse(x->arena, d.body, &body, e));
	form_of_json(body, x->form);
	TRY(read_form(store, x->arena, x->form, d.has_group ? d.group : NULL, problems, &record,
		e));
	x->faulty = json_count(problems) > 0; /* who took part may have left since */
	if (x->faulty)
		return ERR_OK;
	TRY(drafted_by(x, store, d.organisation, &record.by, e));
	record.approved = alliance_party(x->service, x->by);
	TRY(alliance_issue_record(store, x->arena, x->uuid, &record, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_DRAFT_APPROVED);
	sql_bind_i64(q, 1, x->id);
	sql_bind_i64(q, 2, x->revision);
	sql_bind_blob(q, 3, x->uuid, sizeof(x->uuid));
	sql_bind_i64(q, 4, x->now);
	TRY(sql_step(q, &row, e));
	return alliance_line(store, x->by, x->now, "alliance-minutes", d.title, STR("approve"), e);
}

enum err_code service_alliance_approve(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision, struct json **ret_problems,
	struct str *ret, struct err *e)
{
	struct alliance_minutes form = { .point_count = 0 };
	struct approving x = { .service = s, .arena = a, .by = by, .id = id, .form = &form,
		.revision = revision, .now = instant_now() };

	*ret_problems = json_new_object(a);
	service_uuid(x.uuid);
	TRY(ledger_write(s->ledger, write_approve, &x, e));
	if (!x.may) {
		audit_note(s, &(struct audit_entry){ .action = "alliance-minutes", .refused = true,
			.actor = by->name, .address = by->address });
		return err_set(e, ERR_DENIED, "minutes are approved by a second person: of the "
			"group, or of the secretariat");
	}
	if (x.faulty)
		alliance_wrong(a, *ret_problems, "minutes-faulty");
	if (x.stale || x.faulty)
		return err_set(e, ERR_CONFLICT, x.stale ? "these minutes changed meanwhile"
			: "these minutes name somebody or something that is no longer so");
	alliance_carry_out(s);
	*ret = statement_id_text(a, x.uuid);
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no room for an id");
}

/* ---- discarding ------------------------------------------------------------------------------ */

/* Its organisation always may: a chair that was passed on must not leave drafts behind for ever. */
static bool may_discard(const struct account_who *by, const struct draft *d)
{
	return d->organisation == by->organisation && !d->published &&
		(by->may & (MAY(ALLIANCE) | MAY(MODERATE))) != 0;
}

static enum err_code write_discard(void *context, struct store *store, struct err *e)
{
	struct saving *x = context;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_DRAFT_DROP);
	sql_bind_i64(q, 1, x->id);
	sql_bind_i64(q, 2, x->revision);
	TRY(sql_step(q, &row, e));
	x->stale = !row;
	return x->stale ? ERR_OK : alliance_line(store, x->by, x->now, "alliance-minutes",
		x->title, STR("discard"), e);
}

enum err_code service_alliance_discard(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision, struct err *e)
{
	struct saving x = { .arena = a, .by = by, .id = id, .revision = revision,
		.now = instant_now() };
	struct store *store;
	struct draft d;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_draft(store, a, id, &d, e));
	if (!may_discard(by, &d))
		return err_set(e, ERR_NOT_FOUND, "there are no such minutes here");
	x.title = d.title;
	TRY(ledger_write(s->ledger, write_discard, &x, e));
	return x.stale ? err_set(e, ERR_CONFLICT, "these minutes changed meanwhile") : ERR_OK;
}

/* ---- list ------------------------------------------------------------------------------------ */

static enum err_code draft_row(struct store *store, struct arena *a, const struct account_who *by,
	const struct draft *d, struct json **list, struct err *e)
{
	struct json *v = json_new_object(a);
	bool approves;

	TRY(may_approve(store, a, by, d, &approves, e));
	if (!approves && d->organisation != by->organisation)
		return ERR_OK;
	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)d->id));
	v = json_set_str(a, v, "title", d->title);
	v = json_set_str(a, v, "changed", service_instant(a, d->changed));
	v = json_set(a, v, "approve", json_new_bool(a, approves));
	*list = json_push(a, *list, v);
	return ERR_OK;
}

enum err_code alliance_drafts(struct store *store, struct arena *a, const struct account_who *by,
	int64_t before, size_t most, struct json **ret, int64_t *ret_next, struct err *e)
{
	struct json *list = json_new_array(a);
	struct alliance_row membership;
	int64_t last = 0;
	bool member = false, row;

	if (by->may & MAY(ALLIANCE))
		TRY(alliance_membership(store, a, by->organisation_code, &member, &membership, e));
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_DRAFTS_OF);
	sql_bind_i64(q, 1, before);
	sql_bind_i64(q, 2, is_secretariat(by));
	sql_bind_i64(q, 3, by->organisation);
	sql_bind_i64(q, 4, member);
	sql_bind_str(q, 5, by->organisation_code);
	sql_bind_i64(q, 6, (int64_t)most + 1);
	*ret_next = 0;
	for (size_t i = 0;; i++) {
		struct draft d;
		TRY(sql_step(q, &row, e));
		if (!row || i == most)
			break;
		d = (struct draft){ .id = sql_i64(q, 0), .has_group = sql_str(q, 1).len == 16,
			.organisation = sql_i64(q, 2), .account = sql_i64(q, 3),
			.title = str_copy(a, sql_str(q, 4)), .changed = sql_i64(q, 5) };
		if (d.has_group)
			memcpy(d.group, sql_str(q, 1).at, 16);
		TRY(draft_row(store, a, by, &d, &list, e));
		last = d.id;
	}
	*ret_next = row ? last : 0;
	*ret = list;
	return list ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- models ---------------------------------------------------------------------------------- */

/* A line each, to be shortened by whoever writes. */
static enum err_code put_people(struct store *store, struct arena *a, const uint8_t *group,
	struct json **v, struct err *e)
{
	struct alliance_row *people;
	SCOPED_BUF lines = { 0 };
	size_t count;

	TRY(find_people(store, a, group, &people, &count, e));
	buf_init(&lines, (size_t)1 << 20);
	for (size_t i = 0; i < count; i++)
		buf_printf(&lines, "%s" STR_FMT " " STR_FMT, i ? "\n" : "",
			STR_ARG(people[i].code), STR_ARG(people[i].name));
	*v = json_set_str(a, *v, "everybody", str_copy(a, buf_str(&lines)));
	return ERR_OK;
}

static enum err_code put_votes(struct store *store, struct arena *a, struct json **v,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ALLIANCE_MOTIONS);
	struct json *list = json_new_array(a);
	struct alliance_row row;
	bool found;

	sql_bind_i64(q, 1, INT64_MAX);
	sql_bind_i64(q, 2, VOTES_OFFERED);
	for (;;) {
		TRY(sql_step(q, &found, e));
		if (!found)
			break;
		alliance_row_read(a, q, &row);
		struct json *one = json_set_str(a, json_new_object(a), "motion",
			statement_id_text(a, row.id_key));
		list = json_push(a, list, json_set_str(a, one, "title", row.title));
	}
	*v = json_set(a, *v, "votes", list);
	return ERR_OK;
}

static enum err_code put_group(struct store *store, struct arena *a, const uint8_t *group,
	struct json **v, struct err *e)
{
	struct alliance_row row;

	if (!group)
		return ERR_OK;
	TRY(alliance_find(store, a, group, RECORD_GROUP, &row, e));
	*v = json_set_str(a, *v, "group", str_skip(statement_id_text(a, row.id_key), 9));
	*v = json_set_str(a, *v, "group_name", row.title);
	return ERR_OK;
}

enum err_code service_alliance_draft_new(struct service *s, struct arena *a,
	const struct account_who *by, struct str group, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct store *store;
	const uint8_t *of;
	uint8_t key[16];

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(begin(store, a, by, 0, group, key, &of, e));
	TRY(put_group(store, a, of, &v, e));
	TRY(put_people(store, a, of, &v, e));
	TRY(put_votes(store, a, &v, e));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_alliance_draft_model(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e)
{
	struct json *v, *may = json_new_object(a);
	bool writes, approves;
	struct store *store;
	struct draft d;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_draft(store, a, id, &d, e));
	TRY(may_write(store, a, by, d.has_group ? d.group : NULL, &writes, e));
	writes = writes && d.organisation == by->organisation;
	TRY(may_approve(store, a, by, &d, &approves, e));
	if (d.published || (!writes && !approves && !may_discard(by, &d)))
		return err_set(e, ERR_NOT_FOUND, "there are no such minutes here");
	TRY(json_parse(a, d.body, &v, e));
	v = json_copy(a, v);
	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)d.id));
	v = json_set_number(a, v, "revision", (double)d.revision);
	v = json_set_str(a, v, "changed", service_instant(a, d.changed));
	may = json_set(a, may, "write", json_new_bool(a, writes));
	may = json_set(a, may, "approve", json_new_bool(a, approves));
	may = json_set(a, may, "discard", json_new_bool(a, may_discard(by, &d)));
	v = json_set(a, v, "may", may);
	TRY(put_group(store, a, d.has_group ? d.group : NULL, &v, e));
	TRY(put_people(store, a, d.has_group ? d.group : NULL, &v, e));
	TRY(put_votes(store, a, &v, e));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
