/* bundle_facts.c - what the statements of a bundle mean for the main one: was the laboratory
 * allowed to test, is the agreement of the decision there, was it withdrawn, is it valid now.
 *
 * Every part has been proven by then. A bundle shows what was so as of its statements; that nothing
 * was left out of it nobody can prove offline.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "credential/bundle_inner.h"
#include "credential/proof_inner.h"
#include "credential/scope.h"
#include "credential/status_list.h"

static const struct bundle_statement *main_part(const struct bundle_check *c)
{
	return &c->file->parts[0];
}

/* ---- status changes ------------------------------------------------------------------------ */

static bool names_digest(const struct json *subject, const struct digest *digest)
{
	struct str text = json_get_str(subject, "digest");
	struct digest told;

	return base64url_decode_fixed(text, told.at, DIGEST_BYTES, NULL) == ERR_OK &&
		digest_eq(&told, digest);
}

/* True for a status statement about `target` by who may make one: its issuer, or the authority of
 * the issuer's city. */
static bool changes(const struct bundle_statement *p, const struct statement *target)
{
	const struct statement *s = &p->statement;

	return s->kind == KIND_STATUS && str_eq(json_get_str(s->subject, "id"), target->id) &&
		names_digest(s->subject, &target->digest) && (str_eq(s->issuer, target->issuer) ||
		str_eq(s->issuer, did_of_node(target->issuer)));
}

/* Status statements about `target`, as they were logged. */
static uint32_t changes_of(const struct bundle_check *c, const struct statement *target,
	const struct bundle_statement **ret)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->file->part_count; i++) {
		const struct bundle_statement *p = &c->file->parts[i];
		uint32_t at = count;
		if (!changes(p, target))
			continue;
		for (; at > 0 && ret[at - 1]->index > p->index; at--)
			ret[at] = ret[at - 1];
		ret[at] = p;
		count++;
	}
	return count;
}

static bool has_word(const struct bundle_statement *change, const char *word)
{
	return str_is(json_get_str(change->statement.subject, "status"), word);
}

/* ---- accreditation ------------------------------------------------------------------------- */

struct accredited {
	struct scope scope;
	uint32_t change_count;
	const struct bundle_statement *changes[LIMIT_BUNDLE_STATEMENTS];
};

/* True when it was neither withdrawn nor suspended at some moment of that day in China. */
static bool in_force_on(const struct accredited *v, int32_t day)
{
	bool on = true, withdrawn = false, ever = false;

	for (uint32_t i = 0; i < v->change_count && !withdrawn; i++) {
		int32_t changed = china_day(v->changes[i]->receipt.time);
		if (changed > day)
			break;
		ever = ever || (changed == day && on);
		withdrawn = has_word(v->changes[i], "withdrawn");
		on = has_word(v->changes[i], "reinstated");
	}
	return on || ever;
}

/* The accreditations of the laboratory, by its own city, that stood in the log before the report.
 */
static enum err_code read_accreditations(struct bundle_check *c, struct accredited *ret,
	uint32_t *ret_count, struct err *e)
{
	const struct bundle_statement *report = main_part(c);
	uint32_t count = 0;

	for (uint32_t i = 1; i < c->file->part_count; i++) {
		const struct bundle_statement *p = &c->file->parts[i];
		struct accredited *v = &ret[count];
		if (p->statement.kind != KIND_ACCREDITATION)
			continue;
		if (scope_parse(c->a, &p->statement, &v->scope, e) != ERR_OK)
			return err_in(e, "part %u", i + 1);
		if (!str_eq(v->scope.lab, report->statement.issuer) ||
			!str_eq(v->scope.authority, did_of_node(v->scope.lab)) ||
			p->index >= report->index)
			continue;
		v->change_count = changes_of(c, &p->statement, v->changes);
		count++;
	}
	*ret_count = count;
	return ERR_OK;
}

static enum err_code check_item(struct arena *a, const struct accredited *list, uint32_t count,
	const struct json *result, const struct json *report_scheme, struct err *e)
{
	const struct json *scheme = json_get(result, "scheme");
	struct str item, date, id, edition;
	int32_t day;

	if (!scheme)
		scheme = report_scheme;
	TRY(json_need_str(result, "item", &item, e));
	TRY(json_need_str(result, "testedOn", &date, e));
	TRY(china_day_parse(date, &day, e));
	TRY(json_need_str(scheme, "id", &id, e));
	TRY(json_need_str(scheme, "edition", &edition, e));
	for (uint32_t i = 0; i < count; i++) {
		if (scope_lists(&list[i].scope, id, edition, item) &&
			scope_valid_on(&list[i].scope, day) && in_force_on(&list[i], day))
			return ERR_OK;
	}
	return err_set(e, ERR_DENIED,
		"the laboratory was not accredited for it (scheme \"%s\", edition \"%s\") on %s",
		str_quote(a, id), str_quote(a, edition), str_quote(a, date));
}

enum err_code bundle_check_accreditation(struct bundle_check *c, char *detail, struct err *e)
{
	const struct json *subject = main_part(c)->statement.subject, *assessments;
	const struct json *scheme = json_path(subject, "inspectionReport/scheme");
	struct accredited *list = ARENA_ARRAY(c->a, struct accredited, c->file->part_count);
	uint32_t count = 0;

	if (!list)
		return err_set(e, ERR_TOO_LARGE, "accreditations do not fit in memory");
	TRY(read_accreditations(c, list, &count, e));
	if (count == 0)
		return err_set(e, ERR_NOT_FOUND,
			"the bundle has no accreditation of the laboratory from before the report");
	TRY(json_need(subject, "assessment", JSON_ARRAY, &assessments, e));
	if (json_count(assessments) == 0 || json_count(assessments) > LIMIT_REPORT_ITEMS)
		return err_set(e, ERR_DENIED, "the report does not have 1 to %d items",
			LIMIT_REPORT_ITEMS);
	for (size_t i = 0; i < json_count(assessments); i++) {
		const struct json *result = json_get(json_at(assessments, i), "itemResult");
		enum err_code code = check_item(c->a, list, count, result, scheme, e);
		if (code != ERR_OK)
			return err_in(
				e, "item \"%s\"", str_quote(c->a, json_get_str(result, "item")));
	}
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
		"the laboratory was accredited for each of %zu items on its test day",
		json_count(assessments));
	return ERR_OK;
}

/* ---- agreement ----------------------------------------------------------------------------- */

enum err_code bundle_check_agreement(struct bundle_check *c, char *detail, struct err *e)
{
	const struct statement *decision = &main_part(c)->statement;
	const struct json *named = json_path(decision->subject, "inputs/agreement");
	struct str id = json_get_str(named, "id");

	for (uint32_t i = 1; i < c->file->part_count; i++) {
		const struct statement *s = &c->file->parts[i].statement;
		struct proof_parties parties;
		bool party = false;
		if (s->kind != KIND_AGREEMENT || !str_eq(s->id, id))
			continue;
		if (!names_digest(named, &s->digest))
			return err_set(e, ERR_DENIED,
				"the decision names another text of the agreement");
		TRY(proof_parties_of(s, &parties, e));
		for (uint32_t k = 0; k < parties.count; k++)
			party = party || str_eq(parties.dids[k], decision->issuer);
		if (!party)
			return err_set(e, ERR_DENIED, "who decided is no party of the agreement");
		(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
			"the agreement that the decision names is signed by its %u parties",
			parties.count);
		return ERR_OK;
	}
	return err_set(e, ERR_NOT_FOUND, "the bundle does not have the agreement of the decision");
}

/* ---- status -------------------------------------------------------------------------------- */

/* What is known of a statement's status. */
struct standing {
	bool withdrawn;            /* for good */
	bool suspended;
	uint64_t suspended_index;  /* of the entry that told so last */
	uint32_t lists_named;
	uint32_t lists_found;
	int64_t list_time;         /* when the oldest of the lists used was logged */
};

/* The newest status list that is called so and still valid, by the authority of the issuer's city.
 */
static const struct bundle_statement *newest_list(const struct bundle_check *c, struct str list_id)
{
	struct str node = did_of_node(main_part(c)->statement.issuer);
	const struct bundle_statement *best = NULL;

	for (uint32_t i = 1; i < c->file->part_count; i++) {
		const struct bundle_statement *p = &c->file->parts[i];
		if (p->statement.kind == KIND_STATUS_LIST && str_eq(p->statement.issuer, node) &&
			str_eq(json_get_str(p->statement.subject, "id"), list_id) &&
			(!best || p->index > best->index))
			best = p;
	}
	return best && best->statement.valid_until >= c->now ? best : NULL;
}

static enum err_code read_list(struct bundle_check *c, const struct json *entry,
	struct standing *standing, struct err *e)
{
	static const char *const purposes[] = { "revocation", "suspension" };
	struct str told = json_get_str(entry, "statusPurpose");
	const struct bundle_statement *list;
	bool set = false;
	int purpose = 0;

	while (purpose < 2 && !str_is(told, purposes[purpose]))
		purpose++;
	if (purpose == 2)
		return ERR_OK; /* "refresh" and "message" do not touch validity */
	standing->lists_named++;
	list = newest_list(c, json_get_str(entry, "statusListCredential"));
	if (!list)
		return ERR_OK;
	TRY(status_list_check(c->a, &main_part(c)->statement, &list->statement, purposes[purpose],
		&set, e));
	standing->lists_found++;
	if (standing->list_time == 0 || list->receipt.time < standing->list_time)
		standing->list_time = list->receipt.time;
	if (purpose == 0) {
		standing->withdrawn = standing->withdrawn || set;
	} else if (list->index > standing->suspended_index) {
		standing->suspended = set;
		standing->suspended_index = list->index;
	}
	return ERR_OK;
}

static enum err_code read_lists(struct bundle_check *c, struct standing *standing, struct err *e)
{
	const struct json *status = json_get(main_part(c)->statement.doc, "credentialStatus");
	size_t count =
		json_is(status, JSON_ARRAY) ? json_count(status) : json_is(status, JSON_OBJECT);

	for (size_t i = 0; i < count; i++) {
		const struct json *entry =
			json_is(status, JSON_ARRAY) ? json_at(status, i) : status;
		if (read_list(c, entry, standing, e) != ERR_OK) {
			enum err_code code = err_in(e, "status %zu", i + 1);
			return code == ERR_NOT_FOUND ? err_set(e, ERR_DENIED,
				"status %zu is not one of its list", i + 1) : code;
		}
	}
	return ERR_OK;
}

/* Lists and status statements tell the same; the one logged last is right about a suspension. */
static void read_changes(struct bundle_check *c, struct standing *standing)
{
	const struct bundle_statement *list[LIMIT_BUNDLE_STATEMENTS];
	uint32_t count = changes_of(c, &main_part(c)->statement, list);

	for (uint32_t i = 0; i < count; i++) {
		standing->withdrawn = standing->withdrawn || has_word(list[i], "withdrawn");
		if (list[i]->index > standing->suspended_index) {
			standing->suspended = has_word(list[i], "suspended");
			standing->suspended_index = list[i]->index;
		}
	}
}

enum err_code bundle_check_status(struct bundle_check *c, char *detail, struct err *e)
{
	struct standing standing = { 0 };
	char when[INSTANT_TEXT_BYTES];

	TRY(read_lists(c, &standing, e));
	read_changes(c, &standing);
	c->found->withdrawn = standing.withdrawn || standing.suspended;
	if (c->found->withdrawn)
		return err_set(e, ERR_DENIED, "the statement is %s",
			standing.withdrawn ? "withdrawn" : "suspended");
	if (standing.lists_named == 0)
		return err_set(e, ERR_NOT_FOUND, "the statement names no status list");
	if (standing.lists_found < standing.lists_named)
		return err_set(e, ERR_NOT_FOUND,
			"the bundle has %u of the %u status lists it names", standing.lists_found,
			standing.lists_named);
	instant_format(standing.list_time, when);
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
		"neither withdrawn nor suspended by the %u lists it names, logged %s or later",
		standing.lists_found, when);
	return ERR_OK;
}

/* ---- validity ------------------------------------------------------------------------------ */

enum err_code bundle_check_validity(struct bundle_check *c, char *detail, struct err *e)
{
	const struct statement *s = &main_part(c)->statement;
	char from[INSTANT_TEXT_BYTES], until[INSTANT_TEXT_BYTES] = "further notice";

	instant_format(s->valid_from, from);
	if (s->valid_until != INT64_MAX)
		instant_format(s->valid_until, until);
	if (s->valid_from > c->now + LIMIT_FUTURE_SKEW_S)
		return err_set(e, ERR_DENIED, "it is not valid before %s", from);
	if (s->valid_until < c->now)
		return err_set(e, ERR_DENIED, "it was valid until %s", until);
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES, "valid from %s until %s", from, until);
	return ERR_OK;
}
