/* outcome_handlers.c - totals of what came of interest: table, files, charts. */
#include "base/scoped.h"
#include "service/deal.h"
#include "service/listing.h"
#include "web/chart.h"
#include "web/table.h"
#include "web/web_inner.h"

#define CHART_BYTES 262144
#define CHART_ROWS 12
#define CHART_WIDTH 520.0
#define CHART_LEFT 2.0
#define CHART_ROW 134.0           /* a name, the stages, a space */
#define CHART_STAGE 20.0
#define CHART_BAR_HEIGHT 14.0

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static const char *const stages[] = { "interest", "contact", "negotiation", "signed", "followed" };
#define STAGE_COUNT (sizeof(stages) / sizeof(stages[0]))

/* Names for the keys: kinds by their file, industries by the sections of GB/T 4754. */
static struct json *named(struct request *r, struct arena *a, struct json *row)
{
	const struct catalogue *c = pages_catalogue(r->web->pages);
	struct str key = json_get_str(row, "key"), dimension = json_get_str(row, "dimension");
	const struct listing_kind *k;
	struct json *name = json_new_object(a);

	if (json_get(row, "name"))
		return row;
	k = str_is(dimension, "kind") ? listing_kind_find(service_listing_kinds(r->web->service),
		key) : NULL;
	if (k)
		return json_set(a, row, "name", text_pair_json(a, &k->title));
	for (unsigned l = 0; l < LANGUAGE_COUNT; l++) {
		struct str text = catalogue_text(c, (enum language)l, "industry_section",
			key.len > 0 ? key : STR("none"));
		name = json_set_str(a, name, language_tag((enum language)l), text.at ? text : key);
	}
	return json_set(a, row, "name", name);
}

static enum err_code rows_of(struct request *r, struct arena *a, struct str dimension,
	struct json **ret, struct err *e)
{
	struct json *rows;

	TRY(service_outcomes(r->web->service, a, &r->who, dimension, ret, e));
	rows = json_copy(a, json_get(*ret, "rows"));
	for (size_t i = 0; i < json_count(rows); i++)
		rows->items[i] = named(r, a, rows->items[i]);
	*ret = json_set(a, *ret, "rows", rows);
	return *ret ? ERR_OK : full(e);
}

static enum err_code outcomes_page(struct request *r, struct arena *a,
	const struct list_query *q, struct json **ret, struct err *e)
{
	if (q->sort.len > 0 && !str_is(q->sort, "-time"))
		return err_set(e, ERR_INVALID, "field \"sort\": no order of this list");
	return rows_of(r, a, STR(""), ret, e);
}

static const struct table_column outcome_columns[] = {
	{ .name = "dimension", .from = "dimension", .as = TABLE_TEXT, .words = "dimension" },
	{ .name = "group", .from = "name", .as = TABLE_TEXT },
	{ .name = "interest", .from = "interest", .as = TABLE_TEXT },
	{ .name = "contact", .from = "contact", .as = TABLE_TEXT },
	{ .name = "negotiation", .from = "negotiation", .as = TABLE_TEXT },
	{ .name = "signed", .from = "signed", .as = TABLE_TEXT },
	{ .name = "followed", .from = "followed", .as = TABLE_TEXT },
	{ .name = "unsuccessful", .from = "unsuccessful", .as = TABLE_TEXT },
	{ .name = "amount", .from = "amount", .as = TABLE_TEXT },
	{ .name = "key", .from = "key", .as = TABLE_TEXT, .file_only = true },
};
const struct table outcome_table = { "/outcomes", outcome_columns,
	sizeof(outcome_columns) / sizeof(outcome_columns[0]), "-time", "", outcomes_page };

/* The rows again by dimension, for a chart and a table each. */
enum err_code outcomes_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const dimensions[] = { "city", "industry", "kind" };
	struct arena *a = &r->arena;
	struct json *groups = json_new_array(a);
	const struct json *rows;

	TRY(table_model(r, &outcome_table, ret, e));
	rows = json_get(*ret, "rows");
	for (size_t d = 0; d < 3; d++) {
		struct json *v = json_set_text(a, json_new_object(a), "dimension",
			dimensions[d]);
		struct json *list = json_new_array(a);
		for (size_t i = 0; i < json_count(rows); i++)
			if (str_is(json_get_str(json_at(rows, i), "dimension"), dimensions[d]))
				list = json_push(a, list, json_copy(a, json_at(rows, i)));
		groups = json_push(a, groups, json_set(a, v, "totals", list));
	}
	r->links = json_set(a, r->links, "groups", groups);
	return r->links ? ERR_OK : full(e);
}

/* ---- charts ---------------------------------------------------------------------------------- */

static const char chart_style[] = CHART_STYLE(
	".b0{fill:#8fb8bd}.b1{fill:#4f959d}.b2{fill:#17757f}.b3{fill:#0b4a51}.b4{fill:#3d6b3a}"
	".name{font-weight:600}"
	".hid{fill:none;stroke:#5b666d;stroke-dasharray:3 2}.soft{fill:#56616a}",
	".b0{fill:#2f5b61}.b1{fill:#3b8089}.b2{fill:#55a9b3}.b3{fill:#9adbe3}.b4{fill:#9ccb98}"
	".hid{stroke:#a3adb3}.soft{fill:#a3adb3}");

/* "<3" is drawn as a dashed frame of its own width. */
static void draw_row(struct request *r, struct markup *m, const struct json *row, double y,
	uint64_t most)
{
	static const char *const classes[] = { "b0", "b1", "b2", "b3", "b4" };
	const struct catalogue *c = pages_catalogue(r->web->pages);
	struct str name = json_get_str(json_get(row, "name"), language_tag(r->language));

	chart_text(m, CHART_LEFT, y + 12, "name", name);
	y += 20;
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		struct str count = json_get_str(row, stages[i]);
		struct str label = catalogue_text(c, r->language, "column", str_of(stages[i]));
		uint64_t n = 0;
		bool hidden = str_parse_u64(count, &n, NULL) != ERR_OK;
		double width = (CHART_WIDTH - CHART_LEFT - 160) * (hidden ? 0.04
			: (double)n / (double)(most ? most : 1));
		chart_bar(m, CHART_LEFT, y + CHART_STAGE * (double)i, width, CHART_BAR_HEIGHT,
			hidden ? "hid" : classes[i]);
		chart_text(m, CHART_LEFT + width + 6, y + CHART_STAGE * (double)i + 12, "soft",
			str_printf(&r->arena, STR_FMT " " STR_FMT, STR_ARG(count), STR_ARG(label)));
	}
}

static uint64_t largest(const struct json *rows)
{
	uint64_t most = 3, n;

	for (size_t i = 0; i < json_count(rows); i++)
		if (str_parse_u64(json_get_str(json_at(rows, i), "interest"), &n, NULL) == ERR_OK &&
			n > most)
			most = n;
	return most;
}

static void draw(struct request *r, struct markup *m, const struct json *rows, struct str title)
{
	size_t count = json_count(rows) > CHART_ROWS ? CHART_ROWS : json_count(rows);
	uint64_t most = largest(rows);

	chart_open(m, &r->arena, (int)CHART_WIDTH, (int)(CHART_ROW * (double)count) + 8, title,
		chart_style);
	for (size_t i = 0; i < count; i++)
		draw_row(r, m, json_at(rows, i), 6 + CHART_ROW * (double)i, most);
}

enum err_code outcomes_picture_file(struct request *r, struct err *e)
{
	struct str title = catalogue_text(pages_catalogue(r->web->pages), r->language, "dimension",
		r->params[0]);
	SCOPED_BUF b = { 0 };
	struct json *model;
	struct markup m;

	if (!str_is(r->params[0], "city") && !str_is(r->params[0], "industry") &&
		!str_is(r->params[0], "kind"))
		return err_set(e, ERR_NOT_FOUND, "there is no such chart");
	TRY(rows_of(r, &r->arena, r->params[0], &model, e));
	buf_init(&b, CHART_BYTES);
	markup_init(&m, &b);
	draw(r, &m, json_get(model, "rows"), title.at ? title : r->params[0]);
	return chart_send(r, &m, &b, "private, no-cache", e);
}
