/* listing_handlers.c - pages of listings: finding, posting, review. */
#include "base/scoped.h"
#include "service/listing.h"
#include "web/listing_form.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static const struct listing_kind *kinds_of(struct request *r)
{
	return service_listing_kinds(r->web->service);
}

static enum err_code find_kind(struct request *r, struct str id, const struct listing_kind **ret,
	struct err *e)
{
	*ret = listing_kind_find(kinds_of(r), id);
	return *ret ? ERR_OK : err_set(e, ERR_NOT_FOUND, "there is no such kind of listing");
}

static enum err_code number_param(struct request *r, int64_t *ret, struct err *e)
{
	uint64_t number;

	if (str_parse_u64(r->params[0], &number, NULL) != ERR_OK || number == 0 ||
		number > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	*ret = (int64_t)number;
	return ERR_OK;
}

/* Puts the kind's title, and words of rows, in both languages beside each row. */
struct json *listing_with_kind(struct request *r, struct json *row)
{
	struct arena *a = &r->arena;
	const struct listing_kind *k = listing_kind_find(kinds_of(r), json_get_str(row, "kind"));

	/* "kind" alone is a kind of statement to the templates */
	row = json_set_str(a, row, "listing_kind", json_get_str(row, "kind"));
	row = json_set_str(a, row, "uuid", str_skip(json_get_str(row, "listing"), 9));
	row = json_set_text(a, row, "kind", "listing");
	return k ? json_set(a, row, "kind_title", text_pair_json(a, &k->title)) : row;
}

static struct json *rows_with_kinds(struct request *r, const struct json *model)
{
	const struct json *rows = json_get(model, "rows");
	struct json *list = json_new_array(&r->arena);

	for (size_t i = 0; i < json_count(rows); i++)
		list = json_push(&r->arena, list, listing_with_kind(r, json_copy(&r->arena,
			json_at(rows, i))));
	return json_set(&r->arena, json_copy(&r->arena, model), "rows", list);
}

/* Every kind that `organisation_kind` may post; all when it is empty. */
static struct json *kinds_model(struct request *r, struct str organisation_kind, struct str on)
{
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);

	for (const struct listing_kind *k = kinds_of(r); k; k = k->next) {
		struct json *v = json_new_object(a);
		if (organisation_kind.len > 0 && !listing_kind_allows(k, organisation_kind))
			continue;
		v = json_set_str(a, v, "word", k->id);
		v = json_set(a, v, "title", text_pair_json(a, &k->title));
		v = json_set(a, v, "lead", text_pair_json(a, &k->lead));
		v = json_set(a, v, "on", json_new_bool(a, str_eq(on, k->id)));
		list = json_push(a, list, v);
	}
	return list;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* The same search elsewhere; `begin` ends with ? or &. */
static struct str list_address(struct request *r, const char *begin)
{
	static const char *const kept[] = { "q", "kind", "city", "region", "industry", "item",
		"rows" };
	SCOPED_BUF b = { 0 };

	buf_init(&b, 16384);
	buf_put_text(&b, begin);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct str v = fields_get(&r->query, kept[i]);
		if (v.len == 0)
			continue;
		buf_printf(&b, "%s=", kept[i]);
		percent_put(&b, v);
		buf_put_char(&b, '&');
	}
	return b.overflow || b.len == 0 ? STR("/listings")
		: str_copy(&r->arena, (struct str){ buf_str(&b).at, buf_str(&b).len - 1 });
}

static struct str next_address(struct request *r, struct str next)
{
	struct str order = fields_get(&r->query, "order");
	SCOPED_BUF b = { 0 };

	buf_init(&b, 4096);
	buf_put_text(&b, "/listings?after=");
	percent_put(&b, next);
	buf_put_char(&b, '&');
	if (order.len > 0) {
		buf_put_text(&b, "order=");
		percent_put(&b, order);
		buf_put_char(&b, '&');
	}
	buf_put_char(&b, '\0');
	return b.overflow ? STR("/listings") : list_address(r, buf_str(&b).at);
}

enum err_code listings_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct listing_query q = { .text = fields_get(&r->query, "q"),
		.kind = fields_get(&r->query, "kind"), .city = fields_get(&r->query, "city"),
		.region = fields_get(&r->query, "region"),
		.industry = fields_get(&r->query, "industry"),
		.item = fields_get(&r->query, "item"),
		.after = fields_get(&r->query, "after") };
	struct str rows = fields_get(&r->query, "rows"), next;
	uint64_t number = 0;
	struct json *model;

	if (rows.len > 0 && (str_parse_u64(rows, &number, NULL) != ERR_OK || number == 0))
		return err_set(e, ERR_INVALID, "field \"rows\": not a number of rows");
	q.rows = number > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : (uint32_t)number;
	q.newest = order_newest(r);
	TRY(service_listings(r->web->service, a, &q, &model, e));
	model = rows_with_kinds(r, model);
	model = json_set(a, model, "kinds", kinds_model(r, STR(""), q.kind));
	if (q.item.len > 0) {
		SCOPED_BUF b = { 0 };
		buf_init(&b, 4096);
		percent_put(&b, q.item);
		model = json_set_str(a, model, "item_query", str_copy(a, buf_str(&b)));
	}
	next = json_get_str(model, "next");
	if (next.at)
		model = json_set_str(a, model, "next_page", next_address(r, next));
	model = json_set(a, model, "by_date", json_new_bool(a, q.newest));
	if (q.text.len + q.kind.len + q.region.len + q.industry.len > 0)
		model = json_set_str(a, model, "keep_page", list_address(r, "/searches?"));
	model = json_set_str(a, model, "order_page", list_address(r, q.newest ?
		"/listings?order=relevance&" : "/listings?order=newest&"));
	*ret = json_set(a, model, "filtered", json_new_bool(a, q.text.len + q.kind.len +
		q.city.len + q.region.len + q.industry.len + q.item.len > 0));
	return *ret ? ERR_OK : full(e);
}

enum err_code listing_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	const struct listing_kind *k;
	struct json *model;

	TRY(service_listing(r->web->service, a, r->params[0], &model, e));
	k = listing_kind_find(kinds_of(r), json_get_str(model, "kind"));
	if (k && json_get(model, "fields"))
		model = json_set(a, model, "shown", listing_form_shown(a, k,
			json_get(model, "fields")));
	model = listing_with_kind(r, model);
	if (k && k->place)
		TRY(facility_into(r, &model, e));
	*ret = model;
	return *ret ? ERR_OK : full(e);
}

/* ---- posting --------------------------------------------------------------------------------- */

enum err_code listings_own_model(struct request *r, struct json **ret, struct err *e)
{
	struct list_query q = { .kind = fields_get(&r->query, "kind"),
		.state = fields_get(&r->query, "state"), .after = fields_get(&r->query, "after") };
	struct json *model;

	TRY(service_listings_own(r->web->service, &r->arena, &r->who, &q, &model, e));
	model = rows_with_kinds(r, model);
	*ret = json_set(&r->arena, model, "kinds", kinds_model(r, r->who.organisation_kind,
		q.kind));
	return *ret ? ERR_OK : full(e);
}

/* The form: what is kept or was typed, with what is wrong beside each field. */
static struct json *form_model(struct request *r, const struct listing_kind *k,
	struct json *model, struct str title, struct str summary, const struct json *values,
	const struct json *problems)
{
	struct arena *a = &r->arena;
	struct json *wrong = json_new_array(a);

	model = json_set_str(a, model, "title", title);
	model = json_set_str(a, model, "summary", summary.at ? summary : STR(""));
	model = json_set_str(a, model, "listing_kind", k->id);
	model = json_set(a, model, "kind_title", text_pair_json(a, &k->title));
	model = json_set(a, model, "kind_lead", text_pair_json(a, &k->lead));
	model = json_set(a, model, "reviewed", json_new_bool(a, k->reviewed));
	model = json_set(a, model, "inputs", listing_form_fields(a, k, values, problems));
	for (uint32_t i = 0; i < json_count(problems); i++) {
		const struct json_member *m = &problems->members[i];
		const struct listing_field *f = listing_field_find(k, m->name);
		struct json *one = json_copy(a, m->value);
		one = json_set_str(a, one, "place", m->name);
		one = json_set_str(a, one, "field", m->name);
		if (f)
			one = json_set(a, one, "label", text_pair_json(a, &f->label));
		wrong = json_push(a, wrong, one);
	}
	model = json_set(a, model, "wrongs", wrong);
	if (json_count(problems) > 0)
		model = json_set(a, model, "problem", json_copy(a, problems));
	return model;
}

enum err_code listing_new_model(struct request *r, struct json **ret, struct err *e)
{
	const struct listing_kind *k;

	TRY(find_kind(r, r->params[0], &k, e));
	if (!listing_kind_allows(k, r->who.organisation_kind))
		return err_set(e, ERR_DENIED, "your organisation may not post this kind");
	*ret = form_model(r, k, json_new_object(&r->arena), STR(""), STR(""), NULL, NULL);
	return *ret ? ERR_OK : full(e);
}

static struct listing_draft draft_of(struct request *r, const struct listing_kind *k)
{
	return (struct listing_draft){ .kind = k->id, .title = fields_get(&r->form, "title"),
		.summary = fields_get(&r->form, "summary"),
		.fields = listing_form_values(&r->arena, k, &r->form) };
}

static enum err_code submit(struct request *r, const struct listing_kind *k,
	const struct listing_draft *d, int64_t id, struct json *model, struct json **ret,
	struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_listing_submit(r->web->service, &r->arena, &r->who, id,
		&problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, str_printf(&r->arena, "/listings/own/%lld?done=sent",
			(long long)id), e);
	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = problem;
		return code;
	}
	r->reply.status = err_class(ERR_INVALID)->http_status;
	*ret = form_model(r, k, model, d->title, d->summary, d->fields, problems);
	return *ret ? ERR_OK : full(e);
}

/* Saves; then, when it was asked for, hands in. What cannot be handed in is kept all the same. */
static enum err_code take(struct request *r, const struct listing_kind *k, int64_t id,
	int64_t revision, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct listing_draft d = draft_of(r, k);
	struct json *problems = NULL, *kept = NULL, *model = json_new_object(a);
	struct err problem = { 0 };
	enum err_code code;
	uint64_t number;

	if (!d.fields)
		return full(e);
	code = service_listing_save(r->web->service, a, &r->who, id, revision, &d, &problems, &kept,
		&problem);
	if (id != 0) {
		model = json_set_str(a, model, "number", r->params[0]);
		model = json_set_number(a, model, "revision", (double)revision);
	}
	if (code == ERR_INVALID && json_count(problems) > 0) {
		r->reply.status = err_class(ERR_INVALID)->http_status;
		*ret = form_model(r, k, model, d.title, d.summary, d.fields, problems);
		return *ret ? ERR_OK : full(e);
	}
	if (code != ERR_OK) {
		*e = problem;
		return code;
	}
	TRY(str_parse_u64(json_get_str(kept, "number"), &number, e));
	model = json_set_str(a, model, "number", json_get_str(kept, "number"));
	model = json_set(a, model, "revision", json_copy(a, json_get(kept, "revision")));
	if (str_is(fields_get(&r->form, "do"), "submit"))
		return submit(r, k, &d, (int64_t)number, model, ret, e);
	return handler_redirect(r, str_printf(a, "/listings/own/%llu?done=saved",
		(unsigned long long)number), e);
}

enum err_code listing_new_post(struct request *r, struct json **ret, struct err *e)
{
	const struct listing_kind *k;

	TRY(find_kind(r, r->params[0], &k, e));
	return take(r, k, 0, 0, ret, e);
}

enum err_code listing_own_model(struct request *r, struct json **ret, struct err *e)
{
	struct str done = fields_get(&r->query, "done");
	const struct listing_kind *k;
	struct json *work, *model;
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	TRY(service_listing_work(r->web->service, &r->arena, &r->who, id, &work, e));
	TRY(find_kind(r, json_get_str(work, "kind"), &k, e));
	model = listing_with_kind(r, json_copy(&r->arena, work));
	if (str_is(done, "saved") || str_is(done, "sent"))
		model = json_set(&r->arena, model, str_is(done, "saved") ? "saved" : "sent",
			json_new_bool(&r->arena, true));
	*ret = form_model(r, k, model, json_get_str(work, "title"), json_get_str(work, "summary"),
		json_get(work, "fields"), NULL);
	return *ret ? ERR_OK : full(e);
}

enum err_code listing_own_post(struct request *r, struct json **ret, struct err *e)
{
	const struct listing_kind *k;
	struct json *work;
	uint64_t revision;
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	TRY(service_listing_work(r->web->service, &r->arena, &r->who, id, &work, e));
	TRY(find_kind(r, json_get_str(work, "kind"), &k, e));
	if (str_parse_u64(fields_get(&r->form, "revision"), &revision, NULL) != ERR_OK ||
		revision > INT32_MAX)
		return err_set(e, ERR_INVALID, "field \"revision\" is no number");
	return take(r, k, id, (int64_t)revision, ret, e);
}

enum err_code listing_end_post(struct request *r, struct json **ret, struct err *e)
{
	bool erase = str_is(fields_get(&r->form, "do"), "erase");
	int64_t id = 0;

	(void)ret;
	TRY(number_param(r, &id, e));
	TRY(service_listing_withdraw(r->web->service, &r->arena, &r->who, id, erase,
		fields_get(&r->form, "reason"), e));
	return handler_redirect(r, STR("/listings/own"), e);
}

/* ---- review ---------------------------------------------------------------------------------- */

enum err_code reviews_model(struct request *r, struct json **ret, struct err *e)
{
	struct json *model;

	TRY(service_listings_review(r->web->service, &r->arena, &model, e));
	*ret = rows_with_kinds(r, model);
	return *ret ? ERR_OK : full(e);
}

enum err_code review_model(struct request *r, struct json **ret, struct err *e)
{
	const struct listing_kind *k;
	struct json *work;
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	TRY(service_listing_reviewed(r->web->service, &r->arena, id, &work, e));
	TRY(find_kind(r, json_get_str(work, "kind"), &k, e));
	work = listing_with_kind(r, json_copy(&r->arena, work));
	*ret = json_set(&r->arena, work, "shown", listing_form_shown(&r->arena, k,
		json_get(work, "fields")));
	return *ret ? ERR_OK : full(e);
}

enum err_code review_post(struct request *r, struct json **ret, struct err *e)
{
	bool publish = str_is(fields_get(&r->form, "do"), "publish");
	struct str reason = fields_get(&r->form, "reason");
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	if (!publish && reason.len == 0) {
		struct json *problems = json_new_object(&r->arena);
		TRY(review_model(r, ret, e));
		problems = json_set(&r->arena, problems, "reason", json_set_text(&r->arena,
			json_new_object(&r->arena), "wrong", "missing"));
		handler_form_again(r, *ret, problems);
		return ERR_OK;
	}
	TRY(service_listing_review(r->web->service, &r->arena, &r->who, id, publish, reason, e));
	return handler_redirect(r, STR("/review"), e);
}
