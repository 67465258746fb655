/* notice_handlers.c - notices of the own account, and how they come by mail. */
#include "base/scoped.h"
#include "service/mail.h"
#include "service/notice.h"
#include "web/web_inner.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct str field(const struct request *r, const char *name)
{
	return fields_get(&r->form, name);
}

/* ---- notices --------------------------------------------------------------------------------- */

/* Each row gets its sentence, in both languages. */
static enum err_code add_texts(struct request *r, const struct json *rows, struct err *e)
{
	const struct catalogue *c = pages_catalogue(r->web->pages);
	struct arena *a = &r->arena;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json *row = rows->items[i], *text = json_new_object(a);
		struct str word = json_get_str(row, "notice");
		for (unsigned l = 0; l < LANGUAGE_COUNT; l++) {
			struct str said = catalogue_text(c, (enum language)l, "notice", word);
			text = json_set_str(a, text, language_tag((enum language)l),
				catalogue_fill(a, said.at ? said : STR("{{name}}"), row));
		}
		if (!json_set(a, row, "text", text))
			return full(e);
	}
	return ERR_OK;
}

enum err_code notices_model(struct request *r, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct str show = fields_get(&r->query, "show"), after = fields_get(&r->query, "after");
	struct str next;
	bool unread;

	TRY(service_notices(r->web->service, a, &r->who, show, after, ret, e));
	TRY(add_texts(r, json_get(*ret, "rows"), e));
	unread = str_is(json_get_str(*ret, "show"), "unread");
	next = json_get_str(*ret, "next");
	r->links = json_set(a, json_new_object(a), "unread", json_new_bool(a, unread));
	r->links = json_set_text(a, r->links, "first", after.len > 0 ? unread ?
		"/notices?show=unread" : "/notices" : "");
	if (next.at) /* digits and a dash */
		r->links = json_set_str(a, r->links, "next", str_printf(a, "/notices?%safter="
			STR_FMT, unread ? "show=unread&" : "", STR_ARG(next)));
	return r->links ? ERR_OK : full(e);
}

static enum err_code read_id(struct str text, int64_t *ret, struct err *e)
{
	uint64_t id;

	if (str_parse_u64(text, &id, NULL) != ERR_OK || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "no notice of yours has this number");
	*ret = (int64_t)id;
	return ERR_OK;
}

enum err_code notice_model(struct request *r, struct json **ret, struct err *e)
{
	struct str path;
	int64_t id = 0;

	(void)ret; /* it leads on */
	TRY(read_id(r->params[0], &id, e));
	TRY(service_notice_read(r->web->service, &r->arena, &r->who, id, &path, e));
	return handler_redirect(r, path, e);
}

enum err_code notices_read_post(struct request *r, struct json **ret, struct err *e)
{
	struct str all = field(r, "all"), path;
	int64_t id = 0;

	(void)ret; /* it leads on */
	TRY(read_id(all.len > 0 ? all : field(r, "id"), &id, e));
	if (all.len > 0)
		TRY(service_notices_read(r->web->service, &r->who, id, e));
	else
		TRY(service_notice_read(r->web->service, &r->arena, &r->who, id, &path, e));
	return handler_redirect(r, str_is(field(r, "show"), "unread") ?
		STR("/notices?show=unread") : STR("/notices"), e);
}

/* ---- mail ------------------------------------------------------------------------------------ */

/* Which of the radio buttons are on. */
static enum err_code add_choices(struct request *r, struct json *v, struct err *e)
{
	static const char *const modes[] = { "now", "daily", "off" };
	struct arena *a = &r->arena;
	struct json *list = json_new_array(a);
	const struct node_config *c = service_config(r->web->service);

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct json *one = json_set_text(a, json_new_object(a), "mail_mode", modes[i]);
		one = json_set(a, one, "on", json_new_bool(a,
			str_is(json_get_str(v, "mail_mode"), modes[i])));
		list = json_push(a, list, one);
	}
	v = json_set(a, v, "modes", list);
	v = json_set(a, v, "english", json_new_bool(a, str_is(json_get_str(v, "mail_language"),
		"en")));
	v = json_set_number(a, v, "daily_hour", c->mail.daily_hour);
	return v ? ERR_OK : full(e);
}

enum err_code mail_settings_model(struct request *r, struct json **ret, struct err *e)
{
	struct json *v;

	TRY(service_mail_settings(r->web->service, &r->arena, &r->who, &v, e));
	v = json_set(&r->arena, v, "changed", json_new_bool(&r->arena,
		fields_get(&r->query, "changed").len > 0));
	if (!v)
		return full(e);
	*ret = v;
	return add_choices(r, v, e);
}

static enum err_code form_again(struct request *r, struct json *problems, bool typed,
	enum err_code code, const struct err *problem, struct json **ret, struct err *e)
{
	struct arena *a = &r->arena;
	struct json *v;

	if (code != ERR_INVALID || json_count(problems) == 0) {
		*e = *problem;
		return code;
	}
	TRY(service_mail_settings(r->web->service, a, &r->who, &v, e));
	if (typed) {
		v = json_set_str(a, v, "typed", field(r, "mail_address"));
		v = json_set_str(a, v, "mail_mode", field(r, "mail_mode"));
		v = json_set_str(a, v, "mail_language", field(r, "mail_language"));
	}
	if (!v)
		return full(e);
	TRY(add_choices(r, v, e));
	handler_form_again(r, v, problems);
	*ret = v;
	return ERR_OK;
}

enum err_code mail_settings_post(struct request *r, struct json **ret, struct err *e)
{
	const struct mail_form form = { .address = str_trim(field(r, "mail_address")),
		.mode = field(r, "mail_mode"), .language = field(r, "mail_language") };
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_mail_set(r->web->service, &r->arena, &r->who, &form,
		&problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/account/notices?changed=1"), e);
	return form_again(r, problems, true, code, &problem, ret, e);
}

enum err_code mail_code_post(struct request *r, struct json **ret, struct err *e)
{
	struct json *problems = NULL;
	struct err problem = { 0 };
	enum err_code code = service_mail_confirm(r->web->service, &r->arena, &r->who,
		field(r, "mail_code"), &problems, &problem);

	if (code == ERR_OK)
		return handler_redirect(r, STR("/account/notices?changed=1"), e);
	return form_again(r, problems, false, code, &problem, ret, e);
}
