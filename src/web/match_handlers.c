/* match_handlers.c - pages of matches, policies, saved searches, and how lists are ordered. */
#include "base/scoped.h"
#include "service/match.h"
#include "service/saved_search.h"
#include "web/listing_form.h"
#include "web/web_inner.h"

#define ADDRESS_BYTES 16384

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- order ----------------------------------------------------------------------------------- */

static void keep_order(struct request *r, bool newest)
{
	reply_header(&r->reply, "Set-Cookie", newest
		? "order=newest; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"
		: "order=relevance; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
}

bool order_newest(struct request *r)
{
	struct str asked = fields_get(&r->query, "order");
	bool said, newest;

	if (asked.len > 0) {
		newest = str_is(asked, "newest");
		if (!r->json)
			keep_order(r, newest);
		return newest;
	}
	newest = service_order_newest(r->web->service, &r->who, &said);
	if (said)
		return newest;
	return str_is(cookie_get(request_header(r, "cookie"), "order"), "newest");
}

static struct json *rule_model(struct request *r, const struct match_rule *rule)
{
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a);

	v = json_set_text(a, v, "how", match_how_name(rule->how));
	if (rule->mine)
		v = json_set(a, v, "label", text_pair_json(a, &rule->mine->label));
	v = json_set_number(a, v, "weight", rule->weight);
	return json_set(a, v, "gate", json_new_bool(a, rule->gate));
}

static struct json *with_model(struct request *r, const struct listing_kind *k,
	const struct match_with *with)
{
	const struct listing_kind *other = listing_kind_find(
		service_listing_kinds(r->web->service), with->kind);
	struct arena *a = &r->arena;
	struct json *v = json_new_object(a), *rules = json_new_array(a);

	for (uint32_t i = 0; i < with->rule_count; i++)
		rules = json_push(a, rules, rule_model(r, &with->rules[i]));
	v = json_set(a, v, "title", text_pair_json(a, &k->title));
	v = json_set(a, v, "of", text_pair_json(a, &other->title));
	return json_set(a, v, "rules", rules);
}

/* From the rules in use, so that it is always true. */
enum err_code ranking_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *kinds = json_new_array(a), *v = json_new_object(a);
	bool newest = order_newest(r);

	for (const struct listing_kind *k = service_listing_kinds(r->web->service); k;
		k = k->next) {
		for (uint32_t i = 0; i < k->match_count; i++)
			kinds = json_push(a, kinds, with_model(r, k, &k->matches[i]));
	}
	v = json_set(a, v, "pairs", kinds);
	v = json_set_text(a, v, "order", newest ? "newest" : "relevance");
	v = json_set(a, v, "by_date", json_new_bool(a, newest));
	*ret = json_set(a, v, "saved", json_new_bool(a, str_is(fields_get(&r->query, "done"),
		"saved")));
	return *ret ? ERR_OK : full(e);
}

enum err_code ranking_post(struct request *r, struct json **ret, struct err *e)
{
	bool newest = str_is(fields_get(&r->form, "order"), "newest");

	(void)ret;
	if (r->who.stage == STAGE_FULL && r->who.account != 0)
		TRY(service_order_set(r->web->service, &r->who, newest, e));
	keep_order(r, newest);
	return handler_redirect(r, STR("/ranking?done=saved"), e);
}

/* ---- matches --------------------------------------------------------------------------------- */

static enum err_code rows_wanted(struct request *r, uint32_t *ret, struct err *e)
{
	struct str rows = fields_get(&r->query, "rows");
	uint64_t number = 0;

	if (rows.len > 0 && (str_parse_u64(rows, &number, NULL) != ERR_OK || number == 0))
		return err_set(e, ERR_INVALID, "field \"rows\": not a number of rows");
	*ret = number > LIMIT_PAGE_ROWS ? LIMIT_PAGE_ROWS : (uint32_t)number;
	return ERR_OK;
}

static struct json *with_kinds(struct request *r, struct json *model)
{
	const struct json *rows = json_get(model, "rows");
	struct json *list = json_new_array(&r->arena);

	for (size_t i = 0; i < json_count(rows); i++)
		list = json_push(&r->arena, list, listing_with_kind(r, json_copy(&r->arena,
			json_at(rows, i))));
	return json_set(&r->arena, model, "rows", list);
}

enum err_code matches_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct match_query q = { .after = fields_get(&r->query, "after"),
		.newest = order_newest(r) };
	struct json *model;
	struct str uuid, next;

	TRY(rows_wanted(r, &q.rows, e));
	TRY(service_matches(r->web->service, a, r->params[0], &q, &model, e));
	uuid = str_skip(json_get_str(json_get(model, "of"), "listing"), 9);
	model = json_set_str(a, model, "uuid", uuid);
	model = json_set(a, model, "of", listing_with_kind(r, json_copy(a, json_get(model,
		"of"))));
	model = json_set(a, model, "by_date", json_new_bool(a, q.newest));
	next = json_get_str(model, "next");
	if (next.at)
		model = json_set_str(a, model, "next_page", str_printf(a, "/listings/" STR_FMT
			"/matches?after=" STR_FMT "%s", STR_ARG(uuid), STR_ARG(next), q.newest ?
			"&order=newest" : ""));
	*ret = with_kinds(r, model);
	return *ret ? ERR_OK : full(e);
}

/* ---- policies -------------------------------------------------------------------------------- */

/* Fields of a member that conditions of policies look at. */
static bool is_asked(const struct listing_kind *policy, struct str field)
{
	const struct match_with *with = policy ? listing_kind_match(policy, STR("member")) : NULL;

	for (uint32_t i = 0; with && i < with->rule_count; i++) {
		if (str_eq(with->rules[i].theirs, field))
			return true;
	}
	return false;
}

struct policy_form {
	const struct listing_kind *member, *policy;
	struct json *values, *problems;
	bool typed;
};

static enum err_code read_form(struct request *r, struct policy_form *f, struct err *e)
{
	const struct listing_kind *kinds = service_listing_kinds(r->web->service);
	struct arena *a = &r->arena;

	f->member = listing_kind_find(kinds, STR("member"));
	f->policy = listing_kind_find(kinds, STR("policy"));
	if (!f->member || !f->policy)
		return err_set(e, ERR_NOT_FOUND, "the rules have no policies");
	f->values = listing_form_values(a, f->member, &r->query);
	f->problems = json_new_object(a);
	for (uint32_t i = 0; i < json_count(f->values); i++) {
		const struct json_member *m = &f->values->members[i];
		const struct listing_field *field = listing_field_find(f->member, m->name);
		const char *wrong = field ? listing_value_wrong(field, m->value) : NULL;
		f->typed = f->typed || is_asked(f->policy, m->name);
		if (wrong)
			f->problems = json_set(a, f->problems, str_z(a, m->name), json_set_text(a,
				json_new_object(a), "wrong", wrong));
	}
	return f->values && f->problems ? ERR_OK : full(e);
}

static struct json *inputs_of(struct request *r, const struct policy_form *f)
{
	struct json *all = listing_form_fields(&r->arena, f->member,
		service_code_names(r->web->service), f->values, f->problems);
	struct json *list = json_new_array(&r->arena);

	for (size_t i = 0; i < json_count(all); i++) {
		if (is_asked(f->policy, json_get_str(json_at(all, i), "id")))
			list = json_push(&r->arena, list, json_copy(&r->arena, json_at(all, i)));
	}
	return list;
}

static struct str policies_address(struct request *r, struct str listing, struct str next)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, ADDRESS_BYTES);
	buf_printf(&b, "/policies?after=" STR_FMT, STR_ARG(next));
	if (listing.len > 0) {
		buf_put_text(&b, "&for=");
		percent_put(&b, listing);
	}
	for (size_t i = 0; listing.len == 0 && i < r->query.count; i++) {
		if (!str_starts(r->query.at[i].name, "field.") || r->query.at[i].value.len == 0)
			continue;
		buf_put_char(&b, '&');
		percent_put(&b, r->query.at[i].name);
		buf_put_char(&b, '=');
		percent_put(&b, r->query.at[i].value);
	}
	return b.overflow ? STR("/policies") : str_copy(&r->arena, buf_str(&b));
}

enum err_code policies_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct policy_query q = { .listing = fields_get(&r->query, "for"),
		.page = { .after = fields_get(&r->query, "after"), .newest = order_newest(r) } };
	struct json *model = json_new_object(a);
	struct policy_form f = { 0 };
	struct str next;
	bool asked;

	TRY(read_form(r, &f, e));
	if (q.listing.len == 0 && !f.typed)
		TRY(service_own_profile(r->web->service, a, &r->who, &q.listing, e));
	q.fields = f.values;
	asked = q.listing.len > 0 || (f.typed && json_count(f.problems) == 0);
	if (asked)
		TRY(service_policies(r->web->service, a, &q, &model, e));
	else
		model = json_set(a, model, "rows", json_new_array(a));
	if (json_count(f.problems) > 0)
		r->reply.status = err_class(ERR_INVALID)->http_status;
	model = json_set(a, model, "asked", json_new_bool(a, asked));
	model = json_set(a, model, "inputs", inputs_of(r, &f));
	model = json_set(a, model, "by_date", json_new_bool(a, q.page.newest));
	next = json_get_str(model, "next");
	if (next.at)
		model = json_set_str(a, model, "next_page", policies_address(r, q.listing, next));
	if (json_get(model, "of"))
		model = json_set(a, model, "of", listing_with_kind(r, json_copy(a, json_get(model,
			"of"))));
	*ret = with_kinds(r, model);
	return *ret ? ERR_OK : full(e);
}

/* ---- saved searches -------------------------------------------------------------------------- */

static const char *const search_fields[] = { "q", "kind", "city", "region", "industry" };

static struct listing_query query_of(const struct fields *f)
{
	return (struct listing_query){ .text = fields_get(f, "q"), .kind = fields_get(f, "kind"),
		.city = fields_get(f, "city"), .region = fields_get(f, "region"),
		.industry = fields_get(f, "industry") };
}

static struct str search_address(struct request *r, const struct fields *f)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, ADDRESS_BYTES);
	buf_put_text(&b, "/listings?order=newest");
	for (size_t i = 0; i < sizeof(search_fields) / sizeof(search_fields[0]); i++) {
		struct str v = fields_get(f, search_fields[i]);
		if (v.len == 0)
			continue;
		buf_printf(&b, "&%s=", search_fields[i]);
		percent_put(&b, v);
	}
	return b.overflow ? STR("/listings") : str_copy(&r->arena, buf_str(&b));
}

/* What the search is about, for lists: its words, the kind's name, the codes. */
static enum err_code search_name(struct request *r, const struct fields *f, struct str *ret,
	struct err *e)
{
	const struct listing_kind *k = listing_kind_find(service_listing_kinds(r->web->service),
		fields_get(f, "kind"));
	struct str listing = fields_get(f, "listing");
	SCOPED_BUF b = { 0 };

	buf_init(&b, ADDRESS_BYTES);
	if (listing.len > 0) {
		struct json *row;
		TRY(service_listing(r->web->service, &r->arena, listing, &row, e));
		*ret = json_get_str(row, "title");
		return ERR_OK;
	}
	for (size_t i = 0; i < sizeof(search_fields) / sizeof(search_fields[0]); i++) {
		struct str v = i == 1 ? k ? k->title.zh : STR("") : fields_get(f,
			search_fields[i]);
		if (v.len == 0)
			continue;
		if (buf_str(&b).len > 0)
			buf_put_text(&b, " · ");
		buf_put_str(&b, v);
	}
	*ret = str_copy(&r->arena, buf_str(&b));
	return ret->at || buf_str(&b).len == 0 ? ERR_OK : full(e);
}

/* What the page offers to keep. */
static struct json *offer(struct request *r, const struct fields *f, struct json *model,
	struct err *e)
{
	struct json *list = json_new_array(&r->arena);
	struct arena *a = &r->arena;
	struct str name = STR(""), listing = fields_get(f, "listing");

	if (search_name(r, f, &name, e) != ERR_OK || name.len == 0)
		return model;
	for (size_t i = 0; i < sizeof(search_fields) / sizeof(search_fields[0]); i++) {
		struct json *v = json_set_text(a, json_new_object(a), "name", search_fields[i]);
		if (fields_get(f, search_fields[i]).len == 0)
			continue;
		list = json_push(a, list, json_set_str(a, v, "value", fields_get(f,
			search_fields[i])));
	}
	if (listing.len > 0)
		list = json_push(a, list, json_set_str(a, json_set_text(a, json_new_object(a),
			"name", "listing"), "value", listing));
	model = json_set_str(a, model, "offer", name);
	model = json_set(a, model, "offer_matches", json_new_bool(a, listing.len > 0));
	return json_set(a, model, "offer_fields", list);
}

enum err_code searches_model(struct request *r, struct json **ret, struct err *e)
{
	struct err none = { 0 };

	TRY(service_searches(r->web->service, &r->arena, &r->who, ret, e));
	*ret = offer(r, &r->query, *ret, &none);
	return *ret ? ERR_OK : full(e);
}

enum err_code searches_post(struct request *r, struct json **ret, struct err *e)
{
	struct saved_search search = { .listing = fields_get(&r->form, "listing"),
		.query = query_of(&r->form) };
	struct json *row;

	(void)ret;
	TRY(search_name(r, &r->form, &search.name, e));
	if (search.listing.len > 0) {
		TRY(service_listing(r->web->service, &r->arena, search.listing, &row, e));
		search.listing = json_get_str(row, "listing");
		search.path = str_printf(&r->arena, "/listings/" STR_FMT "/matches",
			STR_ARG(str_skip(search.listing, 9)));
	} else {
		search.path = search_address(r, &r->form);
	}
	TRY(service_search_save(r->web->service, &r->arena, &r->who, &search, e));
	return handler_redirect(r, STR("/searches"), e);
}

enum err_code search_end_post(struct request *r, struct json **ret, struct err *e)
{
	uint64_t number;

	(void)ret;
	if (str_parse_u64(r->params[0], &number, NULL) != ERR_OK || number > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "there is no such saved search");
	TRY(service_search_end(r->web->service, &r->who, (int64_t)number, e));
	return handler_redirect(r, STR("/searches"), e);
}
