/* listing_handlers.c - pages of listings: finding, posting, review. */
#include <string.h>

#include "base/scoped.h"
#include "service/listing_file.h"
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

static const struct code_names *names_of(struct request *r)
{
	return service_code_names(r->web->service);
}

static struct json *with_code(struct request *r, struct json *row, const char *member,
	const char *as, const struct code_list *list)
{
	struct str code = json_get_str(row, member);

	return code.len == 0 ? row : json_set(&r->arena, row, as,
		listing_code_text(&r->arena, list, code));
}

/* Puts the kind's title, and words of rows, in both languages beside each row. */
struct json *listing_with_kind(struct request *r, struct json *row)
{
	struct arena *a = &r->arena;
	struct str code = json_get_str(row, "registered_id");
	const struct listing_kind *k = listing_kind_find(kinds_of(r), json_get_str(row, "kind"));

	/* "kind" alone is a kind of statement to the templates */
	row = json_set_str(a, row, "listing_kind", json_get_str(row, "kind"));
	row = json_set_str(a, row, "uuid", str_skip(json_get_str(row, "listing"), 9));
	row = json_set_text(a, row, "kind", "listing");
	/* an authority has no registered code: its page is called by its node's domain */
	if (str_is(code, "-"))
		code = json_get_str(json_get(row, "city"), "domain");
	if (code.len > 0)
		row = json_set_str(a, row, "member", code);
	row = with_code(r, row, "region", "region_name", &names_of(r)->regions);
	row = with_code(r, row, "industry", "industry_name", &names_of(r)->industries);
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
	model = json_set(a, model, "regions", listing_code_choices(a, &names_of(r)->regions,
		q.region));
	model = json_set(a, model, "industries", listing_code_choices(a, &names_of(r)->industries,
		q.industry));
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

/* "heading", "text" and "shown" in the language asked for: the owner's translation where there is
 * one ("translated"), else the original ("untranslated"). */
struct json *listing_put_shown(struct request *r, const struct listing_kind *k, struct json *model)
{
	struct arena *a = &r->arena;
	const struct json *english = r->language == LANGUAGE_EN
		? json_get(json_get(model, "translations"), "en") : NULL;
	struct str title = json_get_str(english, "title");
	struct str summary = json_get_str(english, "summary");

	model = json_set_str(a, model, "heading", title.at ? title : json_get_str(model, "title"));
	model = json_set_str(a, model, "text", summary.at ? summary
		: json_get_str(model, "summary"));
	model = json_set(a, model, "shown", listing_form_shown(a, k, names_of(r),
		listing_form_merged(a, k, json_get(model, "fields"), english)));
	if (english)
		return json_set(a, model, "translated", json_new_bool(a, true));
	return r->language == LANGUAGE_EN ? json_set(a, model, "untranslated",
		json_new_bool(a, true)) : model;
}

enum err_code listing_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	const struct listing_kind *k;
	struct json *model;

	TRY(service_listing(r->web->service, a, r->params[0], &model, e));
	k = listing_kind_find(kinds_of(r), json_get_str(model, "kind"));
	if (k && json_get(model, "fields"))
		model = listing_put_shown(r, k, model);
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

/* The second part of the form. */
static struct json *english_model(struct request *r, const struct listing_kind *k,
	const struct json *english, const struct json *problems)
{
	static const char *const texts[] = { "title", "summary" };
	struct json *model = json_new_object(&r->arena);

	for (size_t i = 0; i < 2; i++) {
		char *name = arena_printf(&r->arena, "en.%s", texts[i]);
		struct str s = json_get_str(english, texts[i]);
		struct str wrong = name ? json_get_str(json_get(problems, name), "wrong") : STR("");
		struct json *one = json_set_str(&r->arena, json_new_object(&r->arena), "text",
			s.at ? s : STR(""));
		if (wrong.len > 0)
			one = json_set_str(&r->arena, one, "wrong", wrong);
		model = json_set(&r->arena, model, texts[i], one);
	}
	model = json_set(&r->arena, model, "any", json_new_bool(&r->arena,
		json_count(english) > 0));
	return json_set(&r->arena, model, "inputs", listing_form_english(&r->arena, k, english,
		problems));
}

/* The form: what is kept or was typed, with what is wrong beside each field. */
static struct json *form_model(struct request *r, const struct listing_kind *k,
	struct json *model, const struct listing_draft *d, const struct json *problems)
{
	const struct json *values = d->fields, *english = json_get(d->translations, "en");
	struct str title = d->title, summary = d->summary;
	struct arena *a = &r->arena;
	struct json *wrong = json_new_array(a);

	model = json_set_str(a, model, "title", title);
	model = json_set_str(a, model, "summary", summary.at ? summary : STR(""));
	model = json_set_str(a, model, "listing_kind", k->id);
	model = json_set(a, model, "kind_title", text_pair_json(a, &k->title));
	model = json_set(a, model, "kind_lead", text_pair_json(a, &k->lead));
	model = json_set(a, model, "reviewed", json_new_bool(a, k->reviewed));
	model = json_set(a, model, "inputs", listing_form_fields(a, k, names_of(r), values,
		problems));
	model = json_set(a, model, "english", english_model(r, k, english, problems));
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
	*ret = form_model(r, k, json_new_object(&r->arena), &(struct listing_draft){
		.title = STR(""), .summary = STR("") }, NULL);
	return *ret ? ERR_OK : full(e);
}

static struct listing_draft draft_of(struct request *r, const struct listing_kind *k)
{
	return (struct listing_draft){ .kind = k->id, .title = fields_get(&r->form, "title"),
		.summary = fields_get(&r->form, "summary"),
		.fields = listing_form_values(&r->arena, k, &r->form),
		.translations = listing_form_translations(&r->arena, k, &r->form) };
}

/* What the page needs about attached files. */
static enum err_code add_files(struct request *r, int64_t id, struct json **model, struct err *e)
{
	struct json *files = NULL;

	TRY(service_listing_files(r->web->service, &r->arena, &r->who, id, &files, e));
	if (files)
		*model = json_set(&r->arena, *model, "files", files);
	return *model ? ERR_OK : full(e);
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
	*ret = form_model(r, k, model, d, problems);
	return add_files(r, id, ret, e);
}

/* Somebody else saved meanwhile: what was typed stays, and is saved when it is sent again. */
static enum err_code changed_meanwhile(struct request *r, const struct listing_kind *k, int64_t id,
	const struct listing_draft *d, struct json *model, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *wrong = json_set_text(a, json_new_object(a), "wrong", "listing-changed");
	struct json *work;

	TRY(service_listing_work(r->web->service, a, &r->who, id, &work, e));
	model = json_set(a, model, "revision", json_copy(a, json_get(work, "revision")));
	r->reply.status = err_class(ERR_CONFLICT)->http_status;
	*ret = form_model(r, k, model, d, json_set(a, json_new_object(a), "title", wrong));
	return add_files(r, id, ret, e);
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
		*ret = form_model(r, k, model, &d, problems);
		return id == 0 ? ERR_OK : add_files(r, id, ret, e);
	}
	if (code == ERR_CONFLICT && problem.word && strcmp(problem.word, "changed") == 0)
		return changed_meanwhile(r, k, id, &d, model, ret, e);
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

enum err_code listing_own_again(struct request *r, int64_t id, const struct json *problems,
	struct json **ret, struct err *e)
{
	static const char *const told[] = { "saved", "sent", "renewed" };
	struct str done = fields_get(&r->query, "done");
	const struct listing_kind *k;
	struct json *work, *model;

	TRY(service_listing_work(r->web->service, &r->arena, &r->who, id, &work, e));
	TRY(find_kind(r, json_get_str(work, "kind"), &k, e));
	model = listing_with_kind(r, json_copy(&r->arena, work));
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (str_is(done, told[i]))
			model = json_set(&r->arena, model, told[i], json_new_bool(&r->arena, true));
	if (str_is(json_get_str(work, "state"), "published") ||
		str_is(json_get_str(work, "state"), "expired"))
		model = json_set(&r->arena, model, "renewable", json_new_bool(&r->arena, true));
	*ret = form_model(r, k, model, &(struct listing_draft){
		.title = json_get_str(work, "title"), .summary = json_get_str(work, "summary"),
		.fields = json_get(work, "fields"),
		.translations = json_get(work, "translations") }, problems);
	if (json_count(problems) > 0)
		r->reply.status = err_class(ERR_INVALID)->http_status;
	return add_files(r, id, ret, e);
}

enum err_code listing_own_model(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	TRY(number_param(r, &id, e));
	return listing_own_again(r, id, NULL, ret, e);
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

enum err_code listing_renew_post(struct request *r, struct json **ret, struct err *e)
{
	int64_t id = 0;

	(void)ret;
	TRY(number_param(r, &id, e));
	TRY(service_listing_renew(r->web->service, &r->arena, &r->who, id, e));
	return handler_redirect(r, str_printf(&r->arena, "/listings/own/%lld?done=renewed",
		(long long)id), e);
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
	*ret = json_set(&r->arena, work, "shown", listing_form_shown(&r->arena, k, names_of(r),
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

/* ---- by JSON --------------------------------------------------------------------------------- */

/* What is wrong with which field goes into the words of the error. */
static enum err_code told(struct request *r, enum err_code code, const struct json *problems,
	struct err *problem, struct err *e)
{
	if (code == ERR_INVALID && json_count(problems) > 0) {
		const struct json_member *m = &problems->members[0];
		return err_set(e, ERR_INVALID, "field \"%s\": " STR_FMT, str_quote(&r->arena,
			m->name), STR_ARG(json_get_str(m->value, "wrong")));
	}
	*e = *problem;
	return code;
}

static struct str text_or_empty(const struct json *v, const char *name)
{
	struct str s = json_get_str(v, name);

	return s.at ? s : STR("");
}

enum err_code listing_post_call(struct request *r, struct err *e)
{
	struct account_who node = service_who_node(r->who.address);
	struct json *request, *problems = NULL, *answer;
	const struct json *organisation, *listing;
	struct err problem = { 0 };
	enum err_code code;

	TRY(handler_json_body(r, &request, e));
	TRY(json_need(request, "organisation", JSON_OBJECT, &organisation, e));
	TRY(json_need(request, "listing", JSON_OBJECT, &listing, e));
	struct listing_post post = { .code = text_or_empty(organisation, "code"),
		.name = text_or_empty(organisation, "name"),
		.kind = text_or_empty(organisation, "kind"),
		.reviewed = json_true(json_get(request, "reviewed")),
		.draft = { .kind = text_or_empty(listing, "kind"),
			.title = text_or_empty(listing, "title"),
			.summary = text_or_empty(listing, "summary"),
			.fields = json_get(listing, "fields"),
			.translations = json_get(listing, "translations") } };
	code = service_listing_post(r->web->service, &r->arena, &node, &post, &problems, &answer,
		&problem);
	if (code != ERR_OK)
		return told(r, code, problems, &problem, e);
	return reply_json(r, HTTP_CREATED, answer, e);
}

enum err_code listing_withdraw_call(struct request *r, struct err *e)
{
	struct account_who node = service_who_node(r->who.address);
	struct json *request, *answer = json_new_object(&r->arena);
	bool erase;

	TRY(handler_json_body(r, &request, e));
	erase = json_true(json_get(request, "erase"));
	TRY(service_listing_take_back(r->web->service, &r->arena, &node, r->params[0], erase,
		text_or_empty(request, "reason"), e));
	answer = json_set_text(&r->arena, answer, "state", erase ? "erased" : "withdrawn");
	return reply_json(r, HTTP_OK, answer, e);
}
