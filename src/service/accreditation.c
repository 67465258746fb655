/* accreditation.c - the authority accredits a laboratory, item by item, from-until (CMA, CNAS). */
#include "base/instant.h"
#include "service/organisation.h"
#include "service/service_inner.h"

/* "2026-01-01" or a full timestamp. */
static enum err_code need_day(const struct json *request, const char *name, int64_t *ret,
	struct err *e)
{
	struct str text;
	TRY(json_need_str(request, name, &text, e));
	enum err_code code = text.len == 10 ? instant_parse_date(text, ret, e)
		: instant_parse(text, ret, e);
	return code == ERR_OK ? ERR_OK : err_in(e, "field \"%s\"", name);
}

/* Every item named must stand in a scheme this node knows: a typing error would silently accredit
 * for nothing. */
static enum err_code check_scope(struct service *s, const struct json *scope, struct err *e)
{
	if (json_count(scope) == 0)
		return err_set(e, ERR_INVALID, "field \"scope\": name at least one scheme and its "
			"items");
	for (size_t i = 0; i < json_count(scope); i++) {
		const struct json *row = json_at(scope, i);
		struct str scheme_id, edition;
		TRY(json_need_str(row, "scheme", &scheme_id, e));
		TRY(json_need_str(row, "edition", &edition, e));
		const struct scheme *scheme = rules_scheme(s->rules, scheme_id, edition);
		if (!scheme)
			return err_set(e, ERR_INVALID, "field \"scope\": scheme \"" STR_FMT "\" "
				"edition \""
				STR_FMT "\" is not known here", STR_ARG(scheme_id),
					STR_ARG(edition));
		const struct json *items = json_get(row, "items");
		if (json_count(items) == 0)
			return err_set(e, ERR_INVALID, "field \"scope\": scheme \"" STR_FMT
				"\" names no items", STR_ARG(scheme_id));
		for (size_t k = 0; k < json_count(items); k++) {
			struct str item = json_str(json_at(items, k));
			if (!item.at || !scheme_item(scheme, item))
				return err_set(e, ERR_INVALID, "field \"scope\": scheme \"" STR_FMT
					"\" has no item \"" STR_FMT "\"", STR_ARG(scheme_id),
					STR_ARG(item));
		}
	}
	return ERR_OK;
}

static struct json *subject_of(struct service *s, struct arena *a, const struct json *request,
	struct str lab)
{
	struct json *subject = json_new_object(a);
	struct str type = json_get_str(request, "certificateType");
	json_set_str(a, subject, "id", lab);
	json_set_text(a, subject, "type", "AccreditedBody");
	json_set_str(a, subject, "name", organisation_name(s, a, lab));
	json_set_str(a, subject, "certificateType", type.at ? type : STR("CMA"));
	json_set_str(a, subject, "certificateNumber", json_get_str(request, "certificateNumber"));
	json_set(a, subject, "scope", json_copy(a, json_get(request, "scope")));
	return subject;
}

enum err_code service_accredit(struct service *s, struct arena *a, const struct json *request,
	struct json **ret, struct err *e)
{
	struct str lab, number;
	int64_t from, until;
	TRY(json_need_str(request, "lab", &lab, e));
	TRY(organisation_did(s, a, lab, &lab, e));
	TRY(json_need_str(request, "certificateNumber", &number, e));
	if (number.len == 0 || number.len > 64)
		return err_set(e, ERR_INVALID, "field \"certificateNumber\": 1 to 64 bytes");
	TRY(need_day(request, "validFrom", &from, e));
	TRY(need_day(request, "validUntil", &until, e));
	if (until <= from)
		return err_set(e, ERR_INVALID, "field \"validUntil\": not after validFrom");
	TRY(check_scope(s, json_get(request, "scope"), e));
	uint8_t uuid[16];
	TRY(service_new_id(request, uuid, e));
	struct json *doc = statement_new(a, KIND_ACCREDITATION, uuid, s->config->did,
		s->config->name_zh, from, subject_of(s, a, request, lab));
	json_set_str(a, doc, "validUntil", service_instant(a, until));
	struct str text;
	uint64_t index;
	TRY(ledger_issue(s->ledger, a, doc, &text, &index, e));
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", statement_id_text(a, uuid));
	json_set_number(a, v, "index", (double)index);
	json_set_str(a, v, "lab", lab);
	*ret = v;
	return ERR_OK;
}
