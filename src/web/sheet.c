/* sheet.c - the words and cells of a paper, its frame, and the proof that ends it. */
#include "web/sheet.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/instant.h"
#include "web/qr.h"
#include "web/sheet_inner.h"

#define CHINA_OFFSET_S (8 * 3600)
#define DIGITS_SHOWN 9         /* a longer decimal is rounded for eyes */

/* ---- words ----------------------------------------------------------------------------------- */

struct str sheet_word(const struct sheet *s, enum language l, const char *list, struct str word)
{
	struct str text = word.at ? catalogue_text(s->c, l, list, word) : word;

	return text.at ? text : word.at ? word : STR("");
}

struct str sheet_text(const struct sheet *s, const char *name)
{
	return sheet_word(s, s->l, "paper", str_of(name));
}

static struct str or_empty(struct str s)
{
	return s.at ? s : STR("");
}

struct str sheet_fill(const struct sheet *s, const char *name, const char *what, struct str with)
{
	struct str text = sheet_text(s, name);
	size_t at = str_find(text, str_of(what));

	if (at == SIZE_MAX)
		return text;
	return or_empty(str_printf(s->a, "%.*s" STR_FMT STR_FMT, (int)at, text.at, STR_ARG(with),
		STR_ARG(str_skip(text, at + strlen(what)))));
}

static struct str pick(const struct json *text, enum language l)
{
	return or_empty(json_is(text, JSON_OBJECT) ? json_get_str(text, language_tag(l))
		: json_str(text));
}

struct str sheet_pick(const struct sheet *s, const struct json *text)
{
	return pick(text, s->l);
}

/* Nothing when there is one language only. */
struct str sheet_pick_other(const struct sheet *s, const struct json *text)
{
	return json_is(text, JSON_OBJECT) ? pick(text, s->other) : STR("");
}

struct str sheet_get(const struct sheet *s, const struct json *object, const char *name)
{
	return sheet_pick(s, json_get(object, name));
}

struct str sheet_time(const struct sheet *s, struct str time)
{
	char text[INSTANT_TEXT_BYTES];
	int64_t at;

	if (!time.at || instant_parse(time, &at, NULL) != ERR_OK)
		return STR("");
	instant_format(at + CHINA_OFFSET_S, text);
	return or_empty(str_printf(s->a, "%.10s %.5s", text, text + 11));
}

struct str sheet_decimal(const struct sheet *s, struct str text)
{
	struct json *number;

	if (!text.at || text.len <= DIGITS_SHOWN || !decimal_is(text) ||
		json_parse(s->a, text, &number, NULL) != ERR_OK)
		return or_empty(text);
	return or_empty(str_printf(s->a, "%.6g", json_number_or(number, 0)));
}

struct str sheet_join(const struct sheet *s, struct str one, const char *between, struct str two)
{
	if (one.len == 0 || two.len == 0)
		return or_empty(one.len > 0 ? one : two);
	return or_empty(str_printf(s->a, STR_FMT "%s" STR_FMT, STR_ARG(one), between,
		STR_ARG(two)));
}

struct str sheet_array(const struct sheet *s, const struct json *array, const char *between)
{
	struct str text = STR("");

	for (size_t i = 0; i < json_count(array); i++)
		text = sheet_join(s, text, between, sheet_pick(s, json_at(array, i)));
	return text;
}

/* ---- cells ----------------------------------------------------------------------------------- */

struct json *sheet_cell(const struct sheet *s, struct str text, struct str sub)
{
	struct json *cell = json_set_str(s->a, json_new_object(s->a), "text", or_empty(text));

	return sub.len > 0 ? json_set_str(s->a, cell, "sub", sub) : cell;
}

struct marked { const char *word, *shape, *tone; };

static struct json *marked(const struct sheet *s, const struct marked *all, size_t count,
	const char *list, struct str word)
{
	struct json *cell = sheet_cell(s, sheet_word(s, s->l, list, word), STR(""));

	for (size_t i = 0; i < count; i++) {
		if (!str_is(word, all[i].word))
			continue;
		cell = json_set_text(s->a, cell, "shape", all[i].shape);
		cell = json_set_text(s->a, cell, "tone", all[i].tone);
	}
	return cell;
}
#define MARKED(s, all, list, word) marked(s, all, sizeof(all) / sizeof((all)[0]), list, word)

/* The same shapes as on the pages (ui/templates/verdict, outcome, shape). */
struct json *sheet_verdict(const struct sheet *s, struct str verdict)
{
	static const struct marked all[] = { { "pass", "check", "good" },
		{ "fail", "cross", "bad" }, { "inconclusive", "question", "warn" },
		{ "invalid-run", "slash", "warn" }, { "not-applicable", "dash", "soft" } };

	return MARKED(s, all, "verdict", verdict);
}

struct json *sheet_outcome(const struct sheet *s, struct str outcome)
{
	static const struct marked all[] = { { "recognised", "check", "good" },
		{ "covered", "dash", "good" }, { "retest", "question", "warn" },
		{ "add-on", "slash", "warn" }, { "refused", "cross", "bad" } };
	struct json *cell = MARKED(s, all, "outcome", outcome);
	struct str other = sheet_word(s, s->other, "outcome", outcome);

	return json_set_str(s->a, cell, "sub", other);
}

struct json *sheet_state(const struct sheet *s, struct str state)
{
	static const struct marked all[] = { { "valid", "check", "good" },
		{ "handed-in", "check", "good" }, { "missing", "dash", "warn" },
		{ "withdrawn", "cross", "bad" }, { "suspended", "slash", "warn" },
		{ "expired", "dash", "warn" }, { "affected", "question", "warn" },
		{ "replaced", "dash", "soft" } };

	return MARKED(s, all, "state", state);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static struct json *block(const struct sheet *s, const char *is)
{
	struct json *v = json_set_text(s->a, json_new_object(s->a), "is", is);

	json_push(s->a, s->blocks, v);
	return v;
}

void sheet_heading(struct sheet *s, struct str text)
{
	json_set_str(s->a, block(s, "heading"), "text", text);
}

void sheet_paragraph(struct sheet *s, struct str text, bool small)
{
	struct json *v;

	if (text.len == 0)
		return;
	v = json_set_str(s->a, block(s, "text"), "text", text);
	json_set(s->a, v, "small", json_new_bool(s->a, small));
	if (small)
		json_set_text(s->a, v, "tone", "soft");
}

struct json *sheet_facts(struct sheet *s)
{
	struct json *rows = json_new_array(s->a);

	json_set(s->a, block(s, "facts"), "rows", rows);
	return rows;
}

void sheet_fact_cell(const struct sheet *s, struct json *facts, const char *name,
	struct json *value)
{
	struct json *row = json_set_str(s->a, json_new_object(s->a), "name", sheet_text(s, name));

	json_push(s->a, facts, json_set(s->a, row, "value", value));
}

void sheet_fact(const struct sheet *s, struct json *facts, const char *name, struct str value)
{
	if (value.len > 0)
		sheet_fact_cell(s, facts, name, json_new_str(s->a, value));
}

struct json *sheet_table(struct sheet *s)
{
	struct json *v = block(s, "table");

	json_set(s->a, v, "columns", json_new_array(s->a));
	return json_set(s->a, v, "rows", json_new_array(s->a));
}

/* Of a tree that is being built here: no copy is needed. */
static struct json *own(const struct json *v)
{
	struct json *ret;

	memcpy(&ret, &v, sizeof(ret));
	return ret;
}

void sheet_column(const struct sheet *s, struct json *table, const char *title, double width,
	bool end)
{
	struct json *column = json_set_str(s->a, json_new_object(s->a), "title",
		sheet_text(s, title));

	if (width > 0)
		json_set_number(s->a, column, "width", width);
	else
		json_set(s->a, column, "fit", json_new_bool(s->a, true));
	json_set(s->a, column, "end", json_new_bool(s->a, end));
	json_push(s->a, own(json_get(table, "columns")), column);
}

void sheet_row(const struct sheet *s, struct json *table, struct json *const *cells, size_t count)
{
	struct json *row = json_new_array(s->a);

	for (size_t i = 0; i < count; i++)
		json_push(s->a, row, cells[i]);
	json_push(s->a, own(json_get(table, "rows")), row);
}

/* ---- the proof ------------------------------------------------------------------------------- */

static struct json *mark(const struct sheet *s, const char *title, bool held, struct str sub)
{
	struct json *cell = sheet_cell(s, sheet_text(s, title), sub);

	json_set_text(s->a, cell, "shape", held ? "check" : "clock");
	return json_set_text(s->a, cell, "tone", held ? "good" : "warn");
}

static struct str number_of(const struct sheet *s, const struct json *v)
{
	return or_empty(str_printf(s->a, "%.0f", json_number_or(v, 0)));
}

/* As of when the proof holds: the newest cosignature, else the receipt. */
static struct str as_of(const struct sheet *s)
{
	const struct json *list = json_path(s->source->model, "proof/witnesses");
	struct str newest = json_get_str(s->source->model, "time");

	for (size_t i = 0; i < json_count(list); i++) {
		struct str time = json_get_str(json_at(list, i), "time");
		if (time.at && str_cmp(time, newest) > 0)
			newest = time;
	}
	return or_empty(newest);
}

static struct str witness_name(const struct sheet *s, const struct json *witness)
{
	const struct json *city = json_path(witness, "city/name");

	return city ? sheet_pick(s, city) : or_empty(json_get_str(witness, "name"));
}

static struct json *marks_of(const struct sheet *s)
{
	const struct json *proof = json_get(s->source->model, "proof");
	const struct json *point = json_get(proof, "checkpoint");
	const struct json *witnesses = json_get(proof, "witnesses");
	bool signed_ = json_true(json_get(proof, "signatures_held"));
	bool held = json_true(json_path(proof, "receipt/held"));
	bool covered = json_true(json_get(point, "held"));
	struct json *marks = json_new_array(s->a);
	struct str names = STR("");

	for (size_t i = 0; i < json_count(witnesses); i++)
		names = sheet_join(s, names, ", ", witness_name(s, json_at(witnesses, i)));
	json_push(s->a, marks, mark(s, "signature", signed_,
		sheet_text(s, signed_ ? "signature_held" : "signature_open")));
	json_push(s->a, marks, mark(s, "receipt", held, sheet_fill(s, "receipt_is", "{n}",
		number_of(s, json_get(s->source->model, "index")))));
	json_push(s->a, marks, mark(s, "checkpoint", covered, covered
		? sheet_fill(s, "checkpoint_is", "{n}", number_of(s, json_get(point, "size")))
		: sheet_text(s, "checkpoint_none")));
	return json_push(s->a, marks, mark(s, "witness", names.len > 0, names.len > 0
		? sheet_fill(s, "witness_is", "{name}", names) : sheet_text(s, "witness_none")));
}

static struct str address_of(const struct sheet *s, const char *behind)
{
	return or_empty(str_printf(s->a, STR_FMT "/statements/" STR_FMT "%s",
		STR_ARG(s->source->address), STR_ARG(str_skip(json_get_str(s->source->model, "id"),
		9)), behind));
}

static struct json *link_cell(const struct sheet *s, struct str address)
{
	return json_set_str(s->a, sheet_cell(s, address, STR("")), "link", address);
}

/* At the end: everything one needs to find the original and to check it. */
static void put_proof(struct sheet *s)
{
	const struct json *m = s->source->model, *proof = json_get(m, "proof");
	const struct json *point = json_get(proof, "checkpoint");
	const struct json *list = json_get(proof, "signatures");
	struct json *facts;

	sheet_heading(s, sheet_text(s, "proof"));
	sheet_paragraph(s, sheet_text(s, "proof_means"), false);
	facts = sheet_facts(s);
	sheet_fact(s, facts, "id", json_get_str(m, "id"));
	sheet_fact(s, facts, "digest", json_get_str(m, "digest"));
	sheet_fact_cell(s, facts, "original", link_cell(s, address_of(s, "/bundle")));
	sheet_fact_cell(s, facts, "page_of_it", link_cell(s, address_of(s, "")));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		struct json *cell = sheet_cell(s, sheet_join(s, json_get_str(one, "suite"), " · ",
			sheet_time(s, json_get_str(one, "created"))), json_get_str(one, "method"));
		bool held = json_true(json_get(one, "held"));
		json_set_text(s->a, cell, "shape", held ? "check" : "cross");
		json_set_text(s->a, cell, "tone", held ? "good" : "bad");
		sheet_fact_cell(s, facts, "signature", cell);
	}
	sheet_fact_cell(s, facts, "receipt", sheet_cell(s, sheet_join(s, sheet_fill(s,
		"receipt_is", "{n}", number_of(s, json_get(m, "index"))), " · ", sheet_time(s,
		json_get_str(m, "time"))), json_get_str(m, "origin")));
	if (point)
		sheet_fact_cell(s, facts, "checkpoint", sheet_cell(s, sheet_fill(s,
			"checkpoint_is", "{n}", number_of(s, json_get(point, "size"))),
			json_get_str(point, "root")));
	list = json_get(proof, "witnesses");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		sheet_fact_cell(s, facts, "witness", sheet_cell(s, sheet_join(s,
			witness_name(s, one), " · ", sheet_time(s, json_get_str(one, "time"))),
			json_get_str(one, "name")));
	}
	sheet_fact_cell(s, facts, "state", sheet_state(s, json_get_str(m, "state")));
	sheet_fact(s, facts, "as_of", sheet_fill(s, "as_of_is", "{time}", sheet_time(s,
		as_of(s))));
}

/* ---- the frame ------------------------------------------------------------------------------- */

/* What is no longer as it was issued stands across every page, in both languages. */
static void put_band(const struct sheet *s, struct json *sheet)
{
	const struct json *m = s->source->model;
	struct str state = json_get_str(m, "state"), text, reason;
	struct json *band;
	bool bad = str_is(state, "withdrawn");

	if (!state.at || str_is(state, "valid"))
		return;
	text = sheet_join(s, sheet_word(s, s->l, "state", state), " / ",
		sheet_word(s, s->other, "state", state));
	text = sheet_join(s, text, " · ", sheet_time(s, json_get_str(m, "state_since")));
	reason = sheet_get(s, m, "state_reason");
	band = json_set_str(s->a, json_new_object(s->a), "text", sheet_join(s, text, " · ",
		reason));
	band = json_set_text(s->a, band, "tone", bad ? "bad" : "warn");
	json_set(s->a, sheet, "band", band);
}

static enum err_code put_code(const struct sheet *s, struct json *sheet, struct str number,
	struct err *e)
{
	struct str link = str_printf(s->a, STR_FMT "#" STR_FMT, STR_ARG(address_of(s, "")),
		STR_ARG(or_empty(json_get_str(s->source->model, "digest"))));
	struct json *qr;

	TRY(qr_model(s->a, or_empty(link), &qr, e));
	qr = json_set_str(s->a, qr, "link", or_empty(link));
	qr = json_set_str(s->a, qr, "number", number);
	qr = json_set_str(s->a, qr, "title", sheet_text(s, "check"));
	qr = json_set_str(s->a, qr, "text", sheet_text(s, "check_how"));
	json_set(s->a, sheet, "qr", json_set(s->a, qr, "marks", marks_of(s)));
	return ERR_OK;
}

static struct json *head_new(const struct sheet *s)
{
	const struct json *m = s->source->model, *issuer = json_get(m, "issuer");
	struct str name = sheet_get(s, issuer, "name"), id = json_get_str(m, "id");
	struct json *head = json_set_str(s->a, json_new_object(s->a), "issuer",
		name.len > 0 ? name : or_empty(json_get_str(issuer, "id")));

	json_set_str(s->a, head, "place", sheet_join(s, sheet_pick(s, json_path(m, "city/name")),
		" · ", sheet_text(s, "product")));
	json_set_str(s->a, head, "number", or_empty((struct str){ str_skip(id, 9).at, 8 }));
	return json_set(s->a, head, "state", sheet_state(s, json_get_str(m, "state")));
}

static const struct {
	const char *kind;
	void (*put)(struct sheet *s, struct json *head);
} kinds[] = {
	{ "report", sheet_report }, { "decision", sheet_decision },
	{ "accreditation", sheet_accreditation },
};

static enum err_code put_kind(struct sheet *s, struct json *head, struct err *e)
{
	struct str kind = json_get_str(s->source->model, "kind"), what = kind;
	bool part = s->source->evaluation.len > 0;
	size_t k = 0;

	while (k < sizeof(kinds) / sizeof(kinds[0]) && !str_is(kind, kinds[k].kind))
		k++;
	if (k == sizeof(kinds) / sizeof(kinds[0]))
		return err_set(e, ERR_NOT_FOUND, "no paper is made of a statement of this kind");
	if (part)
		what = STR("evaluation");
	json_set_str(s->a, head, "kind", sheet_word(s, s->l, "paper_kind", what));
	json_set_str(s->a, head, "kind_other", sheet_word(s, s->other, "paper_kind", what));
	if (part && (!str_is(kind, "report") || !sheet_evaluation(s, head)))
		return err_set(e, ERR_NOT_FOUND, "the report binds no such evaluation");
	if (!part)
		kinds[k].put(s, head);
	return ERR_OK;
}

static void put_metadata(const struct sheet *s, struct json *sheet, const struct json *head)
{
	const struct json *m = s->source->model;
	struct str number = json_get_str(head, "number");

	json_set_text(s->a, sheet, "lang", language_tag(s->l));
	json_set_str(s->a, sheet, "title", sheet_join(s, json_get_str(head, "kind"), " ", number));
	json_set_str(s->a, sheet, "author", or_empty(json_get_str(head, "issuer")));
	json_set_str(s->a, sheet, "subject", or_empty(json_get_str(head, "name")));
	json_set_str(s->a, sheet, "keywords", sheet_join(s, json_get_str(m, "id"), " ",
		json_get_str(m, "digest")));
	json_set_str(s->a, sheet, "created", as_of(s));
	json_set_str(s->a, sheet, "colour", or_empty(json_str(json_path(m, "city/colour"))));
	json_set_str(s->a, sheet, "page", sheet_text(s, "page"));
	json_set_str(s->a, sheet, "foot", sheet_join(s, str_skip(json_get_str(m, "id"), 9),
		" · SHA-256 ", json_get_str(m, "digest")));
}

enum err_code sheet_new(struct arena *a, const struct sheet_source *source,
	const struct catalogue *c, enum language l, struct json **ret, struct err *e)
{
	struct sheet s = { .a = a, .source = source, .c = c, .l = l,
		.other = l == LANGUAGE_EN ? LANGUAGE_ZH : LANGUAGE_EN,
		.blocks = json_new_array(a) };
	struct json *sheet = json_new_object(a), *head;

	CHECK(json_get_str(source->model, "id").len > 9);
	head = head_new(&s);
	TRY(put_kind(&s, head, e));
	put_proof(&s);
	put_metadata(&s, sheet, head);
	put_band(&s, sheet);
	TRY(put_code(&s, sheet, json_get_str(head, "number"), e));
	sheet = json_set(a, sheet, "head", head);
	sheet = json_set(a, sheet, "blocks", s.blocks);
	if (!sheet)
		return err_set(e, ERR_TOO_LARGE, "paper needs too much memory");
	*ret = sheet;
	return ERR_OK;
}
