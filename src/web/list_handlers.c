/* list_handlers.c - the lists: columns, filters, service calls; one handler for all files. */
#include <string.h>

#include "service/audit.h"
#include "web/table.h"
#include "web/web_inner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- chips ----------------------------------------------------------------------------------- */

static void city_chips(struct request *r, const struct table *t, const struct json *model,
	struct json *chips)
{
	const struct json *cities = json_get(model, "cities");

	for (size_t i = 0; i < json_count(cities); i++) {
		const struct json *city = json_at(cities, i);
		if (json_get(city, "name"))
			table_chip(r, t, chips, "city", json_get_str(city, "domain"), NULL,
				json_get(city, "name"));
	}
}

/* `member` is what the template finds the text by: "state_text". */
static void word_chips(struct request *r, const struct table *t, struct json *chips,
	const char *field, const char *member, const char *const *words)
{
	for (; *words; words++)
		table_chip(r, t, chips, field, str_of(*words), member, NULL);
}

/* ---- reports --------------------------------------------------------------------------------- */

static enum err_code reports_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	return service_reports(r->web->service, a, q, ret, e);
}

static const struct table_column report_columns[] = {
	{ .name = "report", .from = "facts/number", .as = TABLE_TEXT, .sort = "number" },
	{ .name = "title", .from = "facts/title", .as = TABLE_TEXT, .file_only = true },
	{ .name = "scheme", .from = "facts/scheme", .as = TABLE_TEXT, .file_only = true },
	{ .name = "items", .from = "facts/item_count", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "lab", .from = "issuer/name", .as = TABLE_TEXT, .sort = "lab" },
	{ .name = "tested", .from = "facts/tested_until", .as = TABLE_DAY },
	{ .name = "city", .from = "city/name", .as = TABLE_TEXT },
	{ .name = "receipt", .from = "time", .as = TABLE_TIME, .sort = "time" },
	{ .name = "index", .from = "index", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "state", .from = "state", .as = TABLE_TEXT, .words = "state" },
	{ .name = "id", .from = "id", .as = TABLE_TEXT, .file_only = true },
};
static const struct table reports = { "/reports", report_columns, COUNT(report_columns), "-time",
	"q, state, city", reports_page };

enum err_code reports_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const states[] = { "valid", "suspended", "withdrawn", NULL };
	struct json *chips = json_new_array(&r->arena);

	TRY(table_model(r, &reports, ret, e));
	city_chips(r, &reports, *ret, chips);
	word_chips(r, &reports, chips, "state", "state", states);
	return table_keep_chips(r, chips, e);
}

/* ---- decisions ------------------------------------------------------------------------------- */

static enum err_code decisions_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	return service_decisions(r->web->service, a, q, ret, e);
}

static const struct table_column decision_columns[] = {
	{ .name = "decision", .from = "time", .as = TABLE_TIME, .sort = "time" },
	{ .name = "result", .as = TABLE_NONE },
	{ .name = "recognised", .from = "facts/counts/recognised", .as = TABLE_NUMBER,
		.file_only = true },
	{ .name = "covered", .from = "facts/counts/covered", .as = TABLE_NUMBER,
		.file_only = true },
	{ .name = "retest", .from = "facts/counts/retest", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "add_on", .from = "facts/counts/add_on", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "refused", .from = "facts/counts/refused", .as = TABLE_NUMBER,
		.file_only = true },
	{ .name = "reports", .from = "facts/reports:number", .as = TABLE_TEXT },
	{ .name = "city", .from = "city/name", .as = TABLE_TEXT },
	{ .name = "state", .from = "state", .as = TABLE_TEXT, .words = "state" },
	{ .name = "id", .from = "id", .as = TABLE_TEXT, .file_only = true },
};
static const struct table decisions = { "/decisions", decision_columns, COUNT(decision_columns),
	"-time", "q, state, city", decisions_page };

enum err_code decisions_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const states[] = { "valid", "affected", NULL };
	struct json *chips = json_new_array(&r->arena);

	TRY(table_model(r, &decisions, ret, e));
	city_chips(r, &decisions, *ret, chips);
	word_chips(r, &decisions, chips, "state", "state", states);
	return table_keep_chips(r, chips, e);
}

/* ---- organisations --------------------------------------------------------------------------- */

static enum err_code organisations_page(struct request *r, struct arena *a,
	const struct list_query *q, struct json **ret, struct err *e)
{
	return service_organisations(r->web->service, a, q, ret, e);
}

static const struct table_column organisation_columns[] = {
	{ .name = "organisation", .from = "name", .as = TABLE_TEXT, .sort = "name" },
	{ .name = "registered_id", .from = "registered_id", .as = TABLE_TEXT, .file_only = true },
	{ .name = "role", .from = "role", .as = TABLE_TEXT, .words = "role" },
	{ .name = "accreditation", .from = "accreditations:certificateNumber", .as = TABLE_TEXT },
	{ .name = "city", .from = "city/name", .as = TABLE_TEXT },
	{ .name = "since", .from = "since", .as = TABLE_DAY, .sort = "time" },
	{ .name = "id", .from = "id", .as = TABLE_TEXT, .file_only = true },
};
static const struct table organisations = { "/organisations", organisation_columns,
	COUNT(organisation_columns), "-time", "q, kind, city", organisations_page };

enum err_code organisations_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const roles[] = { "authority", "lab", "applicant", NULL };
	struct json *chips = json_new_array(&r->arena);

	TRY(table_model(r, &organisations, ret, e));
	city_chips(r, &organisations, *ret, chips);
	word_chips(r, &organisations, chips, "kind", "role", roles);
	return table_keep_chips(r, chips, e);
}

/* ---- people ---------------------------------------------------------------------------------- */

static enum err_code people_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	return service_people(r->web->service, a, &r->who, q, ret, e);
}

static const struct table_column people_columns[] = {
	{ .name = "display", .from = "display", .as = TABLE_TEXT, .sort = "display" },
	{ .name = "account", .from = "name", .as = TABLE_TEXT, .sort = "name" },
	{ .name = "duties", .from = "duties:duty", .as = TABLE_TEXT, .words = "duty" },
	{ .name = "organisation", .from = "organisation/name", .as = TABLE_TEXT },
	{ .name = "signed_in", .from = "signed_in", .as = TABLE_TIME },
	{ .name = "created", .from = "created", .as = TABLE_DAY, .file_only = true },
	{ .name = "state", .from = "standing", .as = TABLE_TEXT, .words = "standing" },
};
static const struct table people = { "/people", people_columns, COUNT(people_columns), "name",
	"q", people_page };

enum err_code people_model(struct request *r, struct json **ret, struct err *e)
{
	TRY(table_model(r, &people, ret, e));
	r->links = json_set(&r->arena, r->links, "invite", json_new_bool(&r->arena,
		r->who.may >> CAPABILITY_PEOPLE & 1));
	return r->links ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the audit trail ------------------------------------------------------------------------- */

static enum err_code audit_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	const struct audit_query query = { .action = fields_get(&r->query, "action"),
		.result = fields_get(&r->query, "result"),
		.actor = fields_get(&r->query, "actor"), .list = *q };

	return service_audit(r->web->service, a, &query, ret, e);
}

static const struct table_column audit_columns[] = {
	{ .name = "time", .from = "time", .as = TABLE_TIME, .sort = "time" },
	{ .name = "line", .from = "seq", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "action", .from = "action", .as = TABLE_TEXT, .words = "action" },
	{ .name = "actor", .from = "actor", .as = TABLE_TEXT },
	{ .name = "target", .from = "target", .as = TABLE_TEXT },
	{ .name = "detail", .from = "detail", .as = TABLE_TEXT, .file_only = true },
	{ .name = "address", .from = "address", .as = TABLE_TEXT },
	{ .name = "outcome_of", .from = "result", .as = TABLE_TEXT, .words = "result" },
	{ .name = "digest", .from = "digest", .as = TABLE_TEXT, .file_only = true },
};
static const struct table audit = { "/audit", audit_columns, COUNT(audit_columns), "-time",
	"action, result, actor", audit_page };

enum err_code audit_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct str result = fields_get(&r->query, "result");

	TRY(table_model(r, &audit, ret, e));
	r->links = json_set(a, r->links, "refused", json_new_bool(a, str_is(result, "refused")));
	r->links = json_set(a, r->links, "ok", json_new_bool(a, str_is(result, "ok")));
	return r->links ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- files ----------------------------------------------------------------------------------- */

static const struct table *const tables[] = { &reports, &decisions, &organisations, &people,
	&audit, &deal_table, &outcome_table, &members_table, &booking_table,
	&booking_waiting_table, &request_table, &draft_table };

/* "/reports.csv", "/reports.xlsx" ... */
enum err_code list_file(struct request *r, struct err *e)
{
	struct str path = str_of(r->route->path);
	bool xlsx = str_ends(path, ".xlsx");
	size_t i = 0;

	path.len -= xlsx ? 5 : 4;
	while (i < COUNT(tables) && !str_is(path, tables[i]->path))
		i++;
	CHECK(i < COUNT(tables)); /* each route of a file has its list */
	return table_export(r, tables[i], xlsx, e);
}
