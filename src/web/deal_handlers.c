/* deal_handlers.c - pages of interest: showing it, answering, the log of contacts, conclusions. */
#include "service/deal.h"
#include "service/listing.h"
#include "service/trace.h"
#include "web/table.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str typed(struct request *r, const char *name)
{
	return str_trim(fields_get(&r->form, name));
}

/* The kind's name in both languages; "listing_kind" is its word. */
static struct json *with_kind(struct request *r, struct json *row)
{
	const struct listing_kind *k = listing_kind_find(service_listing_kinds(r->web->service),
		json_get_str(row, "listing_kind"));

	row = json_set_str(&r->arena, row, "uuid", str_skip(json_get_str(row, "listing"), 9));
	return k ? json_set(&r->arena, row, "kind_title", text_pair_json(&r->arena, &k->title))
		: row;
}

/* ---- list ------------------------------------------------------------------------------------ */

static enum err_code deals_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	struct json *rows;

	TRY(service_deals(r->web->service, a, &r->who, q, fields_get(&r->query, "deal_side"), ret,
		e));
	rows = json_copy(a, json_get(*ret, "rows"));
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct listing_kind *k = listing_kind_find(
			service_listing_kinds(r->web->service),
			json_get_str(json_at(rows, i), "listing_kind"));
		if (k)
			(void)json_set(a, rows->items[i], "kind_title", text_pair_json(a,
				&k->title));
	}
	*ret = json_set(a, *ret, "rows", rows);
	return *ret ? ERR_OK : full(e);
}

static const struct table_column deal_columns[] = {
	{ .name = "deal_title", .from = "title", .as = TABLE_TEXT },
	{ .name = "partner", .from = "partner", .as = TABLE_TEXT },
	{ .name = "city", .from = "city/name", .as = TABLE_TEXT },
	{ .name = "listing_kind", .from = "kind_title", .as = TABLE_TEXT },
	{ .name = "deal_side", .from = "deal_side", .as = TABLE_TEXT, .words = "deal_side" },
	{ .name = "changed", .from = "changed", .as = TABLE_TIME, .sort = "changed" },
	{ .name = "asked", .from = "created", .as = TABLE_TIME, .sort = "time" },
	{ .name = "state", .from = "deal_state", .as = TABLE_TEXT, .words = "deal_state" },
	{ .name = "deal_type", .from = "deal_type", .as = TABLE_TEXT, .words = "deal_type",
		.file_only = true },
	{ .name = "amount", .from = "amount", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "day", .from = "day", .as = TABLE_DAY, .file_only = true },
	{ .name = "reason", .from = "reason", .as = TABLE_TEXT, .file_only = true },
};
const struct table deal_table = { "/deals", deal_columns,
	sizeof(deal_columns) / sizeof(deal_columns[0]), "-time", "q, kind, state, deal_side",
	deals_page };

enum err_code deals_model(struct request *r, struct json **ret, struct err *e)
{
	static const char *const states[] = { "interest", "contact", "negotiation", "signed",
		"unsuccessful", "declined", "called-off" };
	static const char *const sides[] = { "given", "received" };
	struct json *chips = json_new_array(&r->arena);

	TRY(table_model(r, &deal_table, ret, e));
	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		table_chip(r, &deal_table, chips, "deal_side", str_of(sides[i]), "deal_side", NULL);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		table_chip(r, &deal_table, chips, "state", str_of(states[i]), "deal_state", NULL);
	return table_keep_chips(r, chips, e);
}

/* ---- showing interest ------------------------------------------------------------------------ */

static const char *const interest_fields[] = { "cooperation", "unclear", "who_we_are", "person",
	"phone", "mail_to" };

enum err_code deal_new_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *model, *own;
	struct str from = typed(r, "from_listing");

	TRY(service_deal_listing(r->web->service, a, &r->who, r->params[0], &model, e));
	for (size_t i = 0; i < sizeof(interest_fields) / sizeof(interest_fields[0]); i++)
		model = json_set_str(a, model, interest_fields[i], typed(r, interest_fields[i]));
	model = json_set(a, model, "agreed", json_new_bool(a, typed(r, "agreed").len > 0));
	model = json_set_str(a, model, "uuid", str_skip(json_get_str(model, "listing"), 9));
	own = json_copy(a, json_get(model, "own"));
	for (size_t i = 0; i < json_count(own); i++)
		(void)json_set(a, own->items[i], "on", json_new_bool(a, str_eq(from,
			json_get_str(own->items[i], "listing"))));
	*ret = json_set(a, model, "own", own);
	return *ret ? ERR_OK : full(e);
}

static struct deal_person person_of(struct request *r)
{
	return (struct deal_person){ .name = typed(r, "person"), .phone = typed(r, "phone"),
		.mail = typed(r, "mail_to"), .agreed = typed(r, "agreed").len > 0 };
}

enum err_code deal_new_post(struct request *r, struct json **ret, struct err *e)
{
	struct deal_interest form = { .listing = r->params[0], .from = typed(r, "from_listing"),
		.cooperation = typed(r, "cooperation"), .unclear = typed(r, "unclear"),
		.who = typed(r, "who_we_are"), .person = person_of(r) };
	struct json *problems = NULL;
	struct err problem = { 0 };
	int64_t id = 0;
	enum err_code code = service_deal_begin(r->web->service, &r->arena, &r->who, &form,
		&problems, &id, &problem);

	if (code == ERR_OK) {
		peer_messages_wanted(r->web->peers);
		return handler_redirect(r, str_printf(&r->arena, "/deals/%lld?done=sent",
			(long long)id), e);
	}
	if (code != ERR_CONFLICT && (code != ERR_INVALID || json_count(problems) == 0)) {
		*e = problem;
		return code;
	}
	TRY(deal_new_model(r, ret, e));
	if (code == ERR_CONFLICT)
		handler_form_refused(r, *ret, "interest-open", 0);
	else
		handler_form_again(r, *ret, problems);
	return ERR_OK;
}

/* ---- one ------------------------------------------------------------------------------------- */

static enum err_code number_param(struct request *r, int64_t *ret, struct err *e)
{
	uint64_t number;

	if (str_parse_u64(r->params[0], &number, NULL) != ERR_OK || number == 0 ||
		number > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "there is no such contact here");
	*ret = (int64_t)number;
	return ERR_OK;
}

static enum err_code fill(struct request *r, bool shown, struct json **ret, struct err *e)
{
	static const char *const kept[] = { "deal_text", "amount", "signed_day", "person", "phone",
		"mail_to" };
	struct arena *a = &r->arena;
	struct json *model, *form = json_new_object(a);
	struct str done = fields_get(&r->query, "done");
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	TRY(service_deal(r->web->service, a, &r->who, id, shown, &model, e));
	model = with_kind(r, model);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		form = json_set_str(a, form, kept[i], typed(r, kept[i]));
	form = json_set_str(a, form, "doing", typed(r, "do"));
	form = json_set(a, form, "agreed", json_new_bool(a, typed(r, "agreed").len > 0));
	model = json_set(a, model, "form", form);
	model = json_set(a, model, "types", handler_choices(r, "deal_type",
		"purchase development licence investment facility other", typed(r, "deal_type")));
	model = json_set(a, model, "hows", handler_choices(r, "deal_how",
		"meeting phone mail visit other", typed(r, "deal_how")));
	if (str_is(done, "sent"))
		model = json_set(a, model, "sent", json_new_bool(a, true));
	*ret = model;
	return model ? ERR_OK : full(e);
}

enum err_code deal_model(struct request *r, struct json **ret, struct err *e)
{
	return fill(r, false, ret, e);
}

enum err_code deal_post(struct request *r, struct json **ret, struct err *e)
{
	struct deal_act act = { .word = typed(r, "do"), .text = typed(r, "deal_text"),
		.how = typed(r, "deal_how"), .type = typed(r, "deal_type"),
		.amount = typed(r, "amount"), .day = typed(r, "signed_day"),
		.person = person_of(r) };
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code;
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	code = service_deal_do(r->web->service, &r->arena, &r->who, id, &act, &problems, &problem);
	if (code == ERR_OK) {
		peer_messages_wanted(r->web->peers);
		return handler_redirect(r, str_printf(&r->arena, "/deals/%lld", (long long)id), e);
	}
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	TRY(fill(r, false, ret, e));
	handler_form_again(r, *ret, problems);
	return ERR_OK;
}

enum err_code deal_erase_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	return service_traces_deal(r->web->service, &r->arena, &r->who, id, ret, e);
}

enum err_code deal_people_post(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	TRY(service_deal_unmask(r->web->service, &r->arena, &r->who, id, e));
	r->page = "deal";
	return fill(r, true, ret, e);
}

enum err_code deal_data_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *data;

	(void)ret; /* a file of its own */
	TRY(service_deal_data(r->web->service, &r->arena, &r->who, &data, e));
	TRY(reply_json(r, HTTP_OK, data, e));
	reply_header(&r->reply, "Content-Disposition", "attachment; filename=\"contacts.json\"");
	r->reply.cache = "private, no-store";
	return ERR_OK;
}
