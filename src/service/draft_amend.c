/* draft_amend.c - a signed report that needs another: amended by a new draft, or withdrawn. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/report_draft.h"
#include "service/draft_amend.h"
#include "service/draft_inner.h"
#include "service/model.h"

/* A report of the own lab, in whatever state. */
static enum err_code find_report(struct service *s, struct arena *a, const struct account_who *by,
	const uint8_t id[16], struct model_statement *ret, struct err *e)
{
	struct model_statement m;

	TRY(model_load(s, a, id, &m, e));
	if (m.found.receipt.kind != KIND_REPORT || !m.found.own || !m.has_body ||
		by->organisation_code.len == 0 ||
		!str_eq(m.found.receipt.issuer, draft_lab(s, a, by)))
		return err_set(e, ERR_NOT_FOUND, "your lab has issued no such report");
	*ret = m;
	return ERR_OK;
}

static struct json *head(struct service *s, struct arena *a, const struct account_who *by,
	const struct model_statement *m)
{
	const struct json *report = json_get(m->statement.subject, "inspectionReport");
	struct json *v = json_set_str(a, json_new_object(a), "id", m->found.receipt.id);

	v = json_set_str(a, v, "number", json_get_str(report, "number"));
	v = json_set_str(a, v, "title", json_get_str(report, "title"));
	v = json_set_str(a, v, "state", m->state);
	v = json_set(a, v, "valid", json_new_bool(a, str_is(m->state, "valid") ||
		str_is(m->state, "suspended")));
	return json_set(a, v, "key", json_new_bool(a, service_lab_has_key(s, by)));
}

enum err_code service_lab_report(struct service *s, struct arena *a, const struct account_who *by,
	const uint8_t id[16], struct json **ret, struct err *e)
{
	struct model_statement m;

	TRY(find_report(s, a, by, id, &m, e));
	*ret = head(s, a, by, &m);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* {"zh-CN","en"}: the statement of a withdrawal gives its reason in both. */
static struct json *take_reason(struct arena *a, const struct lab_reason *reason,
	struct json *problems)
{
	const struct str texts[] = { reason->zh, reason->en };
	static const char *const fields[] = { "d-reason-zh", "d-reason-en" };
	static const char *const tags[] = { "zh-CN", "en" };
	struct json *v = json_new_object(a);

	for (size_t i = 0; i < 2; i++) {
		form_check_text(a, problems, fields[i], texts[i].at ? texts[i] : STR(""),
			LIMIT_DRAFT_REASON_BYTES);
		v = json_set_str(a, v, tags[i], texts[i].at ? texts[i] : STR(""));
	}
	return v;
}

static enum err_code check_valid(const struct model_statement *m, struct err *e)
{
	if (str_is(m->state, "withdrawn"))
		return draft_refuse(e, ERR_CONFLICT, "withdrawn-already", "the report is withdrawn "
			"already");
	return ERR_OK;
}

enum err_code service_report_amend(struct service *s, struct arena *a, const struct account_who *by,
	const uint8_t id[16], const struct lab_reason *reason, struct json **ret_problems,
	int64_t *ret, struct err *e)
{
	struct draft_new x = { .by = by, .action = "report-amend", .now = instant_now(),
		.amends = id };
	struct json *problems = json_new_object(a), *why, *body;
	struct model_statement m;

	*ret_problems = problems;
	TRY(find_report(s, a, by, id, &m, e));
	TRY(check_valid(&m, e));
	why = take_reason(a, reason, problems);
	TRY(form_check(problems, e));
	TRY(json_jcs(a, why, &x.amend_reason, e));
	TRY(report_draft_from_subject(a, m.statement.subject, &body, e));
	/* Number and day of issue are the new report's own. */
	body = json_without(a, json_without(a, body, "number"), "issuedOn");
	body = json_set_str(a, body, "amends", m.found.receipt.id);
	x.detail = m.found.receipt.id;
	TRY(draft_add(s, a, body, &x, e));
	*ret = x.id;
	return ERR_OK;
}

enum err_code service_report_withdraw(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t id[16], const struct lab_reason *reason,
	struct str passphrase, struct json **ret_problems, struct err *e)
{
	struct json *problems = json_new_object(a), *why;
	struct err problem = { 0 };
	struct lab_keys keys;
	struct model_statement m;
	enum err_code code;

	CHECK(by->may >> CAPABILITY_SIGN & 1);
	*ret_problems = problems;
	TRY(find_report(s, a, by, id, &m, e));
	TRY(check_valid(&m, e));
	why = take_reason(a, reason, problems);
	TRY(form_check(problems, e));
	code = lab_keys_open(s, a, by, passphrase, &keys, &problem);
	if (code == ERR_OK) {
		code = lab_withdraw(s, a, by, &keys, id, why, &problem);
		lab_keys_clear(&keys);
	} else {
		lab_withdraw_refused(s, by, m.found.receipt.id, &problem);
		if (code == ERR_DENIED)
			draft_wrong(a, problems, "d-passphrase", "d-passphrase", 0);
	}
	if (code == ERR_OK)
		return ERR_OK;
	if (code == ERR_BUSY || code == ERR_IO) {
		if (e)
			*e = problem;
		return code;
	}
	if (json_count(problems) == 0)
		draft_refused(a, problems, &problem);
	return form_check(problems, e);
}
