/* alliance_handlers.c - pages of the alliance: charter, joining, votes, groups, minutes. */
#include "base/scoped.h"
#include "service/alliance.h"
#include "web/chart.h"
#include "web/web_inner.h"

#define CHART_BYTES 32768
#define CHART_BAR 280.0
#define POINTS_EMPTY 3

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str typed(struct request *r, const char *name)
{
	return str_trim(fields_get(&r->form, name));
}

/* Texts of several lines keep what begins them. */
static struct json *keep(struct request *r, struct json *model, const char *const *names)
{
	struct json *form = json_new_object(&r->arena);

	for (size_t i = 0; names[i]; i++)
		form = json_set_str(&r->arena, form, names[i], typed(r, names[i]));
	return json_set(&r->arena, model, "form", form);
}

/* What was done is told once, by the address. */
static struct json *put_done(struct request *r, struct json *model, const char *const *words)
{
	struct str done = fields_get(&r->query, "done");

	for (size_t i = 0; words[i]; i++) {
		if (str_is(done, words[i]))
			return json_set(&r->arena, model, "done", json_set(&r->arena,
				json_new_object(&r->arena), words[i], json_new_bool(&r->arena,
				true)));
	}
	return model;
}

/* A refused form, or a refusal for the state, becomes problems of the page that `show` fills;
 * anything else stays an error. `word`: of a refusal that has no problem of its own. */
static enum err_code told(struct request *r, const struct err *problem, const char *word,
	const struct json *problems,
	enum err_code (*show)(struct request *r, struct json **ret, struct err *e),
	struct json **ret, struct err *e)
{
	bool named = json_count(problems) > 0;

	if (problem->code != ERR_CONFLICT && !(named && problem->code == ERR_INVALID)) {
		*e = *problem;
		return problem->code;
	}
	TRY(show(r, ret, e));
	if (named)
		handler_form_again(r, *ret, problems);
	else
		handler_form_refused(r, *ret, word, 0);
	return ERR_OK;
}

static enum err_code to_record(struct request *r, const char *folder, struct str id, struct err *e)
{
	return handler_redirect(r, str_printf(&r->arena, "/alliance/%s/" STR_FMT, folder,
		STR_ARG(str_skip(id, 9))), e);
}

static struct list_query asked(struct request *r)
{
	return (struct list_query){ .after = fields_get(&r->query, "after") };
}

/* The next page of what the model lists. */
static enum err_code link_next(struct request *r, const struct json *model, struct str path,
	struct err *e)
{
	struct str next = json_get_str(model, "next");

	if (!next.at)
		return ERR_OK;
	r->links = json_set_str(&r->arena, r->links, "next", handler_address(r, path,
		&(struct address_field){ "after", next }, 1));
	return r->links ? ERR_OK : full(e);
}

/* ---- overview, charter, joining -------------------------------------------------------------- */

enum err_code alliance_page_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const done[] = { "applied", "left", "discarded", NULL };
	const struct list_query q = asked(r);

	TRY(service_alliance(r->web->service, &r->arena, &r->who, &q, ret, e));
	TRY(link_next(r, *ret, STR("/alliance"), e));
	*ret = put_done(r, *ret, done);
	return *ret ? ERR_OK : full(e);
}

enum err_code charter_page_model(struct request *r, struct json **ret, struct err *e)
{
	return service_alliance_charter(r->web->service, &r->arena, &r->who, ret, e);
}

enum err_code alliance_join_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };

	if (service_alliance_apply(r->web->service, &r->arena, &r->who, typed(r, "charter"),
		typed(r, "accept").len > 0, &problems, &problem) == ERR_OK)
		return handler_redirect(r, STR("/alliance?done=applied"), e);
	return told(r, &problem, "state", problems, charter_page_model, ret, e);
}

enum err_code alliance_leave_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };

	if (service_alliance_leave(r->web->service, &r->arena, &r->who, &problem) == ERR_OK)
		return handler_redirect(r, STR("/alliance?done=left"), e);
	return told(r, &problem, "state", NULL, charter_page_model, ret, e);
}

enum err_code alliance_members_model(struct request *r, struct json **ret, struct err *e)
{
	const struct list_query q = asked(r);

	TRY(service_alliance_members(r->web->service, &r->arena, &q, ret, e));
	return link_next(r, *ret, STR("/alliance/members"), e);
}

/* Only the form that was refused keeps what was typed. False: it is on another page. */
static bool keep_refused(struct request *r, int64_t id, struct json **model)
{
	struct arena *a = &r->arena;
	struct json *rows = json_new_array(a);
	struct str number = str_printf(a, "%lld", (long long)id);
	const struct json *list = json_get(*model, "rows");
	bool kept = false;

	for (size_t i = 0; i < json_count(list); i++) {
		struct json *row = json_copy(a, json_at(list, i));
		if (str_eq(json_get_str(row, "number"), number)) {
			row = json_set(a, row, "again", json_new_bool(a, true));
			row = json_set_str(a, row, "reason", typed(r, "reason"));
			kept = true;
		}
		rows = json_push(a, rows, row);
	}
	*model = json_set(a, *model, "rows", rows);
	return kept;
}

enum err_code applications_model(struct request *r, struct json **ret, struct err *e)
{
	struct str after = fields_get(&r->query, "after");
	bool again = str_is(r->http.method, "POST");
	uint64_t from = 0;
	int64_t id = 0;

	if (after.len > 0 && (str_parse_u64(after, &from, NULL) != ERR_OK || from > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
	TRY(service_alliance_applications(r->web->service, &r->arena, (int64_t)from, ret, e));
	if (again)
		TRY(request_number(r, 0, &id, e));
	if (again && !keep_refused(r, id, ret)) {
		TRY(service_alliance_applications(r->web->service, &r->arena, id - 1, ret, e));
		(void)keep_refused(r, id, ret); /* or answered meanwhile */
	}
	TRY(link_next(r, *ret, STR("/alliance/applications"), e));
	return *ret ? ERR_OK : full(e);
}

enum err_code application_post(struct request *r, struct json **ret, struct err *e)
{
	bool confirm = str_is(typed(r, "do"), "confirm");
	struct json *problems = NULL;
	struct err problem = { 0 };
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	if (service_alliance_decide(r->web->service, &r->arena, &r->who, id, confirm,
		typed(r, "reason"), &problems, &problem) == ERR_OK)
		return handler_redirect(r, STR("/alliance/applications"), e);
	return told(r, &problem, "state", problems, applications_model, ret, e);
}

/* ---- votes ----------------------------------------------------------------------------------- */

static const char *const motion_fields[] = { "title", "motion_text", "closes", NULL };

enum err_code motions_model(struct request *r, struct json **ret, struct err *e)
{
	const struct list_query q = asked(r);

	TRY(service_alliance_motions(r->web->service, &r->arena, &q, ret, e));
	return link_next(r, *ret, STR("/alliance/votes"), e);
}

enum err_code motion_new_model(struct request *r, struct json **ret, struct err *e)
{
	struct str kind = typed(r, "motion_kind");

	TRY(service_alliance_charter(r->web->service, &r->arena, &r->who, ret, e));
	*ret = keep(r, *ret, motion_fields);
	*ret = json_set(&r->arena, *ret, "kinds", handler_choices(r, "motion_kind",
		"ordinary amendment", kind.len > 0 ? kind : STR("ordinary")));
	return *ret ? ERR_OK : full(e);
}

enum err_code motion_new_post(struct request *r, struct json **ret, struct err *e)
{
	struct alliance_move form = { .title = typed(r, "title"), .text = typed(r, "motion_text"),
		.kind = typed(r, "motion_kind"), .closes = typed(r, "closes") };
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct str id;

	if (service_alliance_move(r->web->service, &r->arena, &r->who, &form, &problems, &id,
		&problem) == ERR_OK)
		return to_record(r, "votes", id, e);
	return told(r, &problem, "motions-open", problems, motion_new_model, ret, e);
}

enum err_code motion_page_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const done[] = { "voted", NULL };
	struct str chosen = typed(r, "choice");
	uint8_t key[16];

	TRY(handler_uuid(r, r->params[0], key, e));
	TRY(service_alliance_motion(r->web->service, &r->arena, &r->who, key, ret, e));
	if (chosen.len == 0)
		chosen = json_get_str(json_get(*ret, "own"), "choice");
	*ret = json_set(&r->arena, *ret, "choices", handler_choices(r, "choice", "yes no abstain",
		chosen.at ? chosen : STR("")));
	*ret = put_done(r, *ret, done);
	return *ret ? ERR_OK : full(e);
}

enum err_code motion_vote_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = json_new_object(&r->arena);
	struct err problem = { 0 };
	uint8_t key[16];

	TRY(handler_uuid(r, r->params[0], key, e));
	if (service_alliance_vote(r->web->service, &r->arena, &r->who, key, typed(r, "choice"),
		&problem) == ERR_OK)
		return handler_redirect(r, str_printf(&r->arena, "/alliance/votes/" STR_FMT
			"?done=voted", STR_ARG(r->params[0])), e);
	if (problem.code == ERR_INVALID)
		problems = json_set(&r->arena, problems, "choice", json_set_text(&r->arena,
			json_new_object(&r->arena), "wrong", "missing"));
	return told(r, &problem, "vote-closed", problems, motion_page_model, ret, e);
}

/* ---- the picture ----------------------------------------------------------------------------- */

static const char chart_style[] = CHART_STYLE(
	".yes{fill:#17757f}.no{fill:#b3402a}.abstain{fill:#8a949a}"
	".silent{fill:none;stroke:#5b666d;stroke-dasharray:3 2}",
	".yes{fill:#55a9b3}.no{fill:#e0826d}.abstain{fill:#a3adb3}.silent{stroke:#a3adb3}");

static void draw_bar(struct request *r, struct markup *m, double y, const char *class,
	struct str label, double count, double most)
{
	double width = CHART_BAR * count / most;

	chart_text(m, 0, y + 14, NULL, label);
	chart_bar(m, 90, y + 1, width, 18, class);
	chart_text(m, 96 + width, y + 14, NULL, str_printf(&r->arena, "%.0f", count));
}

/* Yes, no, abstain, and who has not voted, of all voters. */
static void draw(struct request *r, struct markup *m, const struct json *v)
{
	static const char *const rows[] = { "yes", "no", "abstain", "silent" };
	const struct catalogue *c = pages_catalogue(r->web->pages);
	double most = json_number_or(json_get(v, "voters"), 1);
	double silent = most - json_number_or(json_get(v, "voted"), 0);

	chart_open(m, &r->arena, 420, 104, json_get_str(v, "title"), chart_style);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str label = catalogue_text(c, r->language, "choice", str_of(rows[i]));
		draw_bar(r, m, 2 + 26.0 * (double)i, rows[i], label.at ? label : str_of(rows[i]),
			i == 3 ? silent : json_number_or(json_get(v, rows[i]), 0), most);
	}
}

enum err_code motion_picture_file(struct request *r, struct err *e)
{
	SCOPED_BUF b = { 0 };
	struct json *model;
	struct markup m;
	uint8_t key[16];

	TRY(handler_uuid(r, r->params[0], key, e));
	TRY(service_alliance_motion(r->web->service, &r->arena, &r->who, key, &model, e));
	buf_init(&b, CHART_BYTES);
	markup_init(&m, &b);
	draw(r, &m, model);
	return chart_send(r, &m, &b, CACHE_ASK, e);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static const char *const group_fields[] = { "group_name", "group_purpose", NULL };

enum err_code groups_model(struct request *r, struct json **ret, struct err *e)
{
	const struct list_query q = asked(r);

	TRY(service_alliance_records(r->web->service, &r->arena, RECORD_GROUP, &q, ret, e));
	return link_next(r, *ret, STR("/alliance/groups"), e);
}

enum err_code group_new_model(struct request *r, struct json **ret, struct err *e)
{
	*ret = keep(r, json_new_object(&r->arena), group_fields);
	return *ret ? ERR_OK : full(e);
}

enum err_code group_new_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	struct str id;

	if (service_alliance_found(r->web->service, &r->arena, &r->who, typed(r, "group_name"),
		typed(r, "group_purpose"), &problems, &id, &problem) == ERR_OK)
		return to_record(r, "groups", id, e);
	return told(r, &problem, "groups-many", problems, group_new_model, ret, e);
}

enum err_code group_page_model(struct request *r, struct json **ret, struct err *e)
{
	const struct list_query q = asked(r);
	uint8_t key[16];

	TRY(handler_uuid(r, r->params[0], key, e));
	TRY(service_alliance_group(r->web->service, &r->arena, &r->who, key, &q, ret, e));
	return link_next(r, *ret, str_printf(&r->arena, "/alliance/groups/" STR_FMT,
		STR_ARG(r->params[0])), e);
}

enum err_code group_act_post(struct request *r, struct json **ret, struct err *e)
{
	struct err problem = { 0 };
	uint8_t key[16];

	TRY(handler_uuid(r, r->params[0], key, e));
	if (service_alliance_group_act(r->web->service, &r->arena, &r->who, key, typed(r, "do"),
		typed(r, "code"), &problem) == ERR_OK)
		return handler_redirect(r, str_printf(&r->arena, "/alliance/groups/" STR_FMT,
			STR_ARG(r->params[0])), e);
	return told(r, &problem, "state", NULL, group_page_model, ret, e);
}

/* ---- minutes --------------------------------------------------------------------------------- */

static const char *const minutes_fields[] = { "title", "meeting_place", "held", "present",
	"agenda", NULL };

static void read_minutes(struct request *r, struct alliance_minutes *ret)
{
	*ret = (struct alliance_minutes){ .group = typed(r, "group"), .title = typed(r, "title"),
		.place = typed(r, "meeting_place"), .held = typed(r, "held"),
		.present = typed(r, "present"), .agenda = typed(r, "agenda") };
	for (size_t i = 0; i < LIMIT_ALLIANCE_POINTS; i++) {
		const char *text = arena_printf(&r->arena, "decision.%zu", i);
		const char *vote = arena_printf(&r->arena, "vote.%zu", i);
		if (!text || !vote)
			return;
		ret->points[i] = (struct alliance_point){ .text = typed(r, text),
			.motion = typed(r, vote) };
		if (ret->points[i].text.len > 0 || ret->points[i].motion.len > 0)
			ret->point_count = i + 1;
	}
}

/* Rows of decisions for the form: those there are and a few empty ones, each with all votes. */
static struct json *decision_rows(struct request *r, const struct json *model,
	const struct alliance_minutes *form)
{
	const struct json *votes = json_get(model, "votes");
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < form->point_count + POINTS_EMPTY && i < LIMIT_ALLIANCE_POINTS; i++) {
		struct str motion = i < form->point_count ? form->points[i].motion : STR("");
		struct json *one = json_new_object(a), *offered = json_new_array(a);
		for (size_t k = 0; k < json_count(votes); k++) {
			struct json *vote = json_copy(a, json_at(votes, k));
			vote = json_set(a, vote, "on", json_new_bool(a, str_eq(motion,
				json_get_str(vote, "motion"))));
			offered = json_push(a, offered, vote);
		}
		one = json_set_str(a, one, "at", str_printf(a, "%zu", i));
		one = json_set_str(a, one, "number", str_printf(a, "%zu", i + 1));
		one = json_set_str(a, one, "text", i < form->point_count ? form->points[i].text
			: STR(""));
		list = json_push(a, list, json_set(a, one, "votes", offered));
	}
	return list;
}

enum err_code minutes_new_model(struct request *r, struct json **ret, struct err *e)
{
	struct str group = typed(r, "group");
	bool again = str_is(r->http.method, "POST");
	struct alliance_minutes form;

	if (!again)
		group = fields_get(&r->query, "group");
	TRY(service_alliance_draft_new(r->web->service, &r->arena, &r->who, group, ret, e));
	read_minutes(r, &form);
	*ret = keep(r, *ret, minutes_fields);
	if (!again)
		*ret = json_set(&r->arena, *ret, "form", json_set_str(&r->arena,
			json_new_object(&r->arena), "present", json_get_str(*ret, "everybody")));
	*ret = json_set(&r->arena, *ret, "rows", decision_rows(r, *ret, &form));
	return *ret ? ERR_OK : full(e);
}

enum err_code minutes_new_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct alliance_minutes form;
	struct err problem = { 0 };
	int64_t id = 0;

	read_minutes(r, &form);
	if (service_alliance_draft(r->web->service, &r->arena, &r->who, 0, 0, &form, &problems,
		&id, &problem) == ERR_OK)
		return handler_redirect(r, str_printf(&r->arena,
			"/alliance/minutes/drafts/%lld?done=saved", (long long)id), e);
	return told(r, &problem, "drafts-many", problems, minutes_new_model, ret, e);
}

enum err_code minutes_draft_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const done[] = { "saved", NULL };
	bool again = str_is(typed(r, "do"), "save");
	struct alliance_minutes form = { .point_count = 0 };
	const struct json *points;
	struct json *kept;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	TRY(service_alliance_draft_model(r->web->service, &r->arena, &r->who, id, ret, e));
	kept = json_new_object(&r->arena);
	for (size_t i = 0; minutes_fields[i]; i++)
		kept = json_set_str(&r->arena, kept, minutes_fields[i], again
			? typed(r, minutes_fields[i]) : json_get_str(*ret, minutes_fields[i]));
	points = json_get(*ret, "decisions");
	if (again)
		read_minutes(r, &form);
	for (size_t i = 0; !again && i < json_count(points) && i < LIMIT_ALLIANCE_POINTS; i++)
		form.points[form.point_count++] = (struct alliance_point){
			.text = json_get_str(json_at(points, i), "text"),
			.motion = json_get_str(json_at(points, i), "motion") };
	*ret = json_set(&r->arena, *ret, "form", kept);
	if (again) /* typed on the revision shown, as long as nobody saved another */
		*ret = json_set_str(&r->arena, *ret, "revision", typed(r, "revision"));
	*ret = json_set(&r->arena, *ret, "rows", decision_rows(r, *ret, &form));
	*ret = put_done(r, *ret, done);
	return *ret ? ERR_OK : full(e);
}

enum err_code minutes_draft_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct str act = typed(r, "do"), published;
	struct err problem = { 0 };
	uint64_t revision = 0;
	enum err_code code;
	int64_t id = 0;

	TRY(request_number(r, 0, &id, e));
	TRY(str_parse_u64(typed(r, "revision"), &revision, e));
	if (str_is(act, "approve")) {
		code = service_alliance_approve(r->web->service, &r->arena, &r->who, id,
			(int64_t)revision, &problems, &published, &problem);
		if (code == ERR_OK)
			return to_record(r, "minutes", published, e);
	} else if (str_is(act, "discard")) {
		code = service_alliance_discard(r->web->service, &r->arena, &r->who, id,
			(int64_t)revision, &problem);
		if (code == ERR_OK)
			return handler_redirect(r, STR("/alliance?done=discarded"), e);
	} else {
		struct alliance_minutes form;
		read_minutes(r, &form);
		code = service_alliance_draft(r->web->service, &r->arena, &r->who, id,
			(int64_t)revision, &form, &problems, &id, &problem);
		if (code == ERR_OK)
			return handler_redirect(r, str_printf(&r->arena,
				"/alliance/minutes/drafts/%lld?done=saved", (long long)id), e);
	}
	return told(r, &problem, "state", problems, minutes_draft_model, ret, e);
}

enum err_code minutes_all_model(struct request *r, struct json **ret, struct err *e)
{
	const struct list_query q = asked(r);

	TRY(service_alliance_records(r->web->service, &r->arena, RECORD_MINUTES, &q, ret, e));
	return link_next(r, *ret, STR("/alliance/minutes"), e);
}

enum err_code minutes_page_model(struct request *r, struct json **ret, struct err *e)
{
	uint8_t key[16];

	TRY(handler_uuid(r, r->params[0], key, e));
	return service_alliance_minutes(r->web->service, &r->arena, key, ret, e);
}
