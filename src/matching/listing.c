/* listing.c - the parts of a listing and what its kind asks of them. */
#include "matching/listing.h"

#include "base/encode.h"
#include "base/instant.h"
#include "credential/statement.h"
#include "matching/fees.h"

#define NUMBER_MAX 1e12

bool industry_code_is(struct str s)
{
	if (s.len < 1 || s.len == 2 || s.len > 5 || s.at[0] < 'A' || s.at[0] > 'T')
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	}
	return true;
}

bool region_code_is(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	}
	return s.len == 6 && s.at[0] != '0';
}

/* ---- structure ------------------------------------------------------------------------------- */

static enum err_code need_text(const struct json *object, const char *name, size_t bytes_max,
	struct str *ret, struct err *e)
{
	TRY(json_need_str(object, name, ret, e));
	if (ret->len == 0 || ret->len > bytes_max)
		return err_set(e, ERR_INVALID, "listing: \"%s\" is empty or longer than %zu bytes",
			name, bytes_max);
	return ERR_OK;
}

static enum err_code parse_organisation(const struct json *subject, struct listing *ret,
	struct err *e)
{
	const struct json *organisation;

	TRY(json_need(subject, "organisation", JSON_OBJECT, &organisation, e));
	TRY(need_text(organisation, "name", LIMIT_LISTING_TITLE_BYTES, &ret->organisation, e));
	TRY(need_text(organisation, "registeredId", 18, &ret->organisation_code, e));
	return need_text(organisation, "kind", 32, &ret->organisation_kind, e);
}

static enum err_code short_text(const struct json *v, const char *name, size_t bytes_max,
	struct err *e)
{
	const struct json *text = json_get(v, name);

	if (!text || (json_is(text, JSON_STRING) && json_str(text).len <= bytes_max))
		return ERR_OK;
	return err_set(e, ERR_INVALID, "listing: a translation's \"%s\" is no text or longer than "
		"%zu bytes", name, bytes_max);
}

static enum err_code parse_translations(const struct json *translations, struct err *e)
{
	if (!json_is(translations, JSON_OBJECT) ||
		json_count(translations) > LIMIT_LISTING_TRANSLATIONS)
		return err_set(e, ERR_INVALID, "listing: \"translations\" is no object of at most "
			"%d languages", LIMIT_LISTING_TRANSLATIONS);
	for (uint32_t i = 0; i < json_count(translations); i++) {
		const struct json *v = translations->members[i].value;
		const struct json *fields = json_get(v, "fields");
		if (!json_is(v, JSON_OBJECT) || (fields && (!json_is(fields, JSON_OBJECT) ||
			json_count(fields) > LIMIT_LISTING_FIELDS)))
			return err_set(e, ERR_INVALID, "listing: a translation is no object, or "
				"has more than %d fields", LIMIT_LISTING_FIELDS);
		TRY(short_text(v, "title", LIMIT_LISTING_TITLE_BYTES, e));
		TRY(short_text(v, "summary", LIMIT_LISTING_TEXT_BYTES, e));
	}
	return ERR_OK;
}

static enum err_code parse_file(const struct json *v, struct err *e)
{
	struct str name, type, digest;
	struct digest d;
	uint64_t bytes;

	TRY(json_need_str(v, "name", &name, e));
	TRY(json_need_str(v, "mediaType", &type, e));
	TRY(json_need_u64(v, "bytes", &bytes, e));
	TRY(json_need_str(v, "digest", &digest, e));
	if (!str_is_file_name(name) || !str_is_media_type(type))
		return err_set(e, ERR_INVALID, "listing: not the name or media type of a file");
	if (bytes < 1 || bytes > (uint64_t)LIMIT_LISTING_FILE_MB * 1000000)
		return err_set(e, ERR_TOO_LARGE, "listing: a file over %d MB, or empty",
			LIMIT_LISTING_FILE_MB);
	return base64url_decode_fixed(digest, d.at, DIGEST_BYTES, e);
}

static enum err_code parse_files(const struct json *files, struct err *e)
{
	if (!json_is(files, JSON_ARRAY) || json_count(files) > LIMIT_LISTING_FILES)
		return err_set(e, ERR_TOO_LARGE, "listing: \"attachments\" is no array of at most "
			"%d files", LIMIT_LISTING_FILES);
	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *v = json_at(files, i);
		if (!json_is(v, JSON_OBJECT) || json_count(v) != 4)
			return err_set(e, ERR_INVALID, "listing: file %zu has not the four "
				"members of one", i + 1);
		if (parse_file(v, e) != ERR_OK)
			return err_in(e, "file %zu", i + 1);
		for (size_t k = 0; k < i; k++) {
			if (str_eq(json_get_str(json_at(files, k), "digest"),
				json_get_str(v, "digest")))
				return err_set(e, ERR_INVALID, "listing: file %zu stands twice",
					i + 1);
		}
	}
	return ERR_OK;
}

const struct json *listing_file_find(const struct listing *l, struct str digest)
{
	for (size_t i = 0; i < json_count(l->files); i++) {
		if (str_eq(json_get_str(json_at(l->files, i), "digest"), digest))
			return json_at(l->files, i);
	}
	return NULL;
}

enum err_code listing_parse(const struct json *subject, struct listing *ret, struct err *e)
{
	struct listing l = { 0 };
	struct str digest;
	uint8_t id_key[16];

	if (!json_has_type(json_get(subject, "type"), "Listing"))
		return err_set(e, ERR_INVALID, "listing: \"type\" is not Listing");
	TRY(json_need_str(subject, "listing", &l.id, e));
	TRY(statement_id_parse(l.id, id_key, e));
	TRY(json_need_u64(subject, "version", &l.version, e));
	if (l.version < 1)
		return err_set(e, ERR_INVALID, "listing: \"version\" begins with 1");
	TRY(need_text(subject, "kind", 64, &l.kind, e));
	TRY(json_need_str(subject, "rules", &digest, e));
	TRY(base64url_decode_fixed(digest, l.rules.at, DIGEST_BYTES, e));
	TRY(parse_organisation(subject, &l, e));
	TRY(need_text(subject, "title", LIMIT_LISTING_TITLE_BYTES, &l.title, e));
	TRY(need_text(subject, "summary", LIMIT_LISTING_TEXT_BYTES, &l.summary, e));
	TRY(json_need(subject, "fields", JSON_OBJECT, &l.fields, e));
	if (json_count(l.fields) > LIMIT_LISTING_FIELDS)
		return err_set(e, ERR_TOO_LARGE, "listing: more than %d fields",
			LIMIT_LISTING_FIELDS);
	l.translations = json_get(subject, "translations");
	if (l.translations)
		TRY(parse_translations(l.translations, e));
	l.files = json_get(subject, "attachments");
	if (l.files)
		TRY(parse_files(l.files, e));
	*ret = l;
	return ERR_OK;
}

struct json *listing_subject(struct arena *a, const struct listing *l)
{
	struct json *organisation = json_new_object(a), *v = json_new_object(a);

	organisation = json_set_str(a, organisation, "name", l->organisation);
	organisation = json_set_str(a, organisation, "registeredId", l->organisation_code);
	organisation = json_set_str(a, organisation, "kind", l->organisation_kind);
	v = json_set_text(a, v, "type", "Listing");
	v = json_set_str(a, v, "listing", l->id);
	v = json_set_number(a, v, "version", (double)l->version);
	v = json_set_str(a, v, "kind", l->kind);
	v = json_set_str(a, v, "rules", base64url_new(a, l->rules.at, DIGEST_BYTES));
	v = json_set(a, v, "organisation", organisation);
	v = json_set_str(a, v, "title", l->title);
	v = json_set_str(a, v, "summary", l->summary);
	v = json_set(a, v, "fields", json_copy(a, l->fields));
	if (l->translations)
		v = json_set(a, v, "translations", json_copy(a, l->translations));
	if (json_count(l->files) > 0)
		v = json_set(a, v, "attachments", json_copy(a, l->files));
	return v;
}

/* ---- one value ------------------------------------------------------------------------------- */

static bool is_choice(const struct listing_field *f, struct str word)
{
	for (uint32_t i = 0; i < f->choice_count; i++) {
		if (str_eq(f->choices[i].id, word))
			return true;
	}
	return false;
}

static const char *element_wrong(const struct listing_field *f, const struct json *v)
{
	struct str s = json_str(v);

	if (!s.at || s.len == 0)
		return "missing";
	switch (f->type) {
	case FIELD_CHOICE:
	case FIELD_CHOICES:
		return is_choice(f, s) ? NULL : "not-a-choice";
	case FIELD_REGIONS:
		return region_code_is(s) ? NULL : "not-a-code";
	case FIELD_INDUSTRIES:
		return industry_code_is(s) ? NULL : "not-a-code";
	case FIELD_LINE:
	case FIELD_WORDS:
		return s.len <= LIMIT_LISTING_TITLE_BYTES ? NULL : "too-long";
	case FIELD_PROSE:
		return s.len <= LIMIT_LISTING_TEXT_BYTES ? NULL : "too-long";
	case FIELD_NUMBER:
	case FIELD_RANGE:
	case FIELD_DAY:
	case FIELD_PERIOD:
	case FIELD_YES:
	case FIELD_FEES:
	case FIELD_TYPE_COUNT:
		break;
	}
	return "unknown-field";
}

static const char *list_wrong(const struct listing_field *f, const struct json *v)
{
	if (!json_is(v, JSON_ARRAY) || json_count(v) == 0)
		return "missing";
	if (json_count(v) > LIMIT_LISTING_VALUES)
		return "too-many";
	for (size_t i = 0; i < json_count(v); i++) {
		const char *wrong = element_wrong(f, json_at(v, i));
		if (wrong)
			return wrong;
		for (size_t k = 0; k < i; k++) {
			if (json_eq(json_at(v, k), json_at(v, i)))
				return "twice";
		}
	}
	return NULL;
}

static const char *number_wrong(const struct json *v)
{
	double n = json_number_or(v, -1);

	return n >= 0 && n <= NUMBER_MAX && n == (double)(int64_t)n ? NULL : "not-a-number";
}

static const char *day_wrong(const struct json *v)
{
	struct str s = json_str(v);
	int64_t day;

	return s.at && instant_parse_date(s, &day, NULL) == ERR_OK ? NULL : "not-a-day";
}

/* Both ends by the same rule; one may be absent; not turned round. */
static const char *ends_wrong(const struct json *v, bool days)
{
	const struct json *from = json_get(v, "from"), *to = json_get(v, "to");
	const char *wrong = NULL;
	int64_t first, last;

	if (!json_is(v, JSON_OBJECT) || json_count(v) != (size_t)(from != NULL) + (to != NULL) ||
		(!from && !to))
		return "missing";
	if (from)
		wrong = days ? day_wrong(from) : number_wrong(from);
	if (!wrong && to)
		wrong = days ? day_wrong(to) : number_wrong(to);
	if (wrong || !from || !to)
		return wrong;
	if (!days)
		return json_number_or(from, 0) <= json_number_or(to, 0) ? NULL : "turned";
	if (instant_parse_date(json_str(from), &first, NULL) != ERR_OK ||
		instant_parse_date(json_str(to), &last, NULL) != ERR_OK)
		return "not-a-day";
	return first <= last ? NULL : "turned";
}

const char *listing_value_wrong(const struct listing_field *f, const struct json *v)
{
	switch (f->type) {
	case FIELD_LINE:
	case FIELD_PROSE:
	case FIELD_CHOICE:
		return element_wrong(f, v);
	case FIELD_CHOICES:
	case FIELD_WORDS:
	case FIELD_REGIONS:
	case FIELD_INDUSTRIES:
		return list_wrong(f, v);
	case FIELD_NUMBER:
		return number_wrong(v);
	case FIELD_RANGE:
		return ends_wrong(v, /* days= */ false);
	case FIELD_DAY:
		return day_wrong(v);
	case FIELD_PERIOD:
		return ends_wrong(v, /* days= */ true);
	case FIELD_YES:
		return json_is(v, JSON_TRUE) || json_is(v, JSON_FALSE) ? NULL : "missing";
	case FIELD_FEES:
		return fees_wrong(v);
	case FIELD_TYPE_COUNT:
		break;
	}
	return "unknown-field";
}

/* ---- the whole ------------------------------------------------------------------------------- */

static struct json *add_problem(struct arena *a, struct json *problems, struct str field,
	const char *word)
{
	struct json *v = json_set_text(a, json_new_object(a), "wrong", word);
	char *name = str_z(a, field);

	return name ? json_set(a, problems, name, v) : NULL;
}

static struct json *check_fields(struct arena *a, const struct listing_kind *k,
	const struct json *fields, struct json *problems)
{
	for (uint32_t i = 0; i < k->field_count && problems; i++) {
		const struct listing_field *f = &k->fields[i];
		char *name = str_z(a, f->id);
		const struct json *v = name ? json_get(fields, name) : NULL;
		const char *wrong = v ? listing_value_wrong(f, v)
			: f->required ? "missing" : NULL;
		if (wrong)
			problems = add_problem(a, problems, f->id, wrong);
	}
	for (uint32_t i = 0; i < json_count(fields) && problems; i++) {
		if (!listing_field_find(k, fields->members[i].name))
			problems = add_problem(a, problems, fields->members[i].name,
				"unknown-field");
	}
	return problems;
}

/* Of the English texts; a field is called "en.field.<id>". */
static struct json *check_english(struct arena *a, const struct listing_kind *k,
	const struct json *english, struct json *problems)
{
	const struct json *fields = json_get(english, "fields");

	if (json_get_str(english, "title").len > LIMIT_LISTING_TITLE_BYTES)
		problems = add_problem(a, problems, STR("en.title"), "too-long");
	if (json_get_str(english, "summary").len > LIMIT_LISTING_TEXT_BYTES)
		problems = add_problem(a, problems, STR("en.summary"), "too-long");
	for (uint32_t i = 0; i < json_count(fields) && problems; i++) {
		struct str id = fields->members[i].name;
		const struct listing_field *f = listing_field_find(k, id);
		const char *wrong = f ? listing_value_wrong(f, fields->members[i].value)
			: "unknown-field";
		if (wrong)
			problems = add_problem(a, problems, str_printf(a, "en.field." STR_FMT,
				STR_ARG(id)), wrong);
	}
	return problems;
}

static const char *files_wrong(const struct listing_kind *k, const struct json *files)
{
	if (json_count(files) > k->file_count)
		return "too-many";
	for (size_t i = 0; i < json_count(files); i++) {
		if (!listing_kind_takes(k, json_get_str(json_at(files, i), "mediaType")))
			return "file-type";
	}
	return NULL;
}

struct json *listing_problems(struct arena *a, const struct listing_kind *k,
	const struct listing *l)
{
	struct json *problems = json_new_object(a);

	if (l->title.len == 0)
		problems = add_problem(a, problems, STR("title"), "missing");
	else if (l->title.len > LIMIT_LISTING_TITLE_BYTES)
		problems = add_problem(a, problems, STR("title"), "too-long");
	if (l->summary.len == 0)
		problems = add_problem(a, problems, STR("summary"), "missing");
	else if (l->summary.len > LIMIT_LISTING_TEXT_BYTES)
		problems = add_problem(a, problems, STR("summary"), "too-long");
	const char *wrong = files_wrong(k, l->files);
	if (wrong)
		problems = add_problem(a, problems, STR("attachments"), wrong);
	size_t before = json_count(problems);
	problems = check_english(a, k, json_get(l->translations, "en"), problems);
	/* other languages come from programs, and have no field of the form */
	if (l->translations && json_count(problems) == before &&
		parse_translations(l->translations, NULL) != ERR_OK)
		problems = add_problem(a, problems, STR("translations"), "too-long");
	return check_fields(a, k, l->fields, problems);
}

/* ---- words ----------------------------------------------------------------------------------- */

static void put_word(struct buf *b, struct str s)
{
	if (!s.at)
		return;
	buf_put_str(b, s);
	buf_put_char(b, ' ');
}

/* Two levels: values, and the elements of arrays. */
static void put_fields(struct buf *b, const struct json *fields)
{
	for (uint32_t i = 0; i < json_count(fields); i++) {
		const struct json *v = fields->members[i].value;
		put_word(b, json_str(v));
		for (size_t n = 0; json_is(v, JSON_ARRAY) && n < json_count(v); n++) {
			put_word(b, json_str(json_at(v, n)));
			put_word(b, json_get_str(json_at(v, n), "item")); /* of a fee table */
		}
	}
}

void listing_put_text(struct buf *b, const struct listing *l)
{
	put_word(b, l->summary);
	put_word(b, l->organisation);
	put_fields(b, l->fields);
	for (uint32_t i = 0; i < json_count(l->translations); i++) {
		const struct json *t = l->translations->members[i].value;
		put_word(b, json_get_str(t, "title"));
		put_word(b, json_get_str(t, "summary"));
		put_fields(b, json_get(t, "fields"));
	}
}

void listing_put_words(struct buf *b, const struct listing *l)
{
	put_word(b, l->title);
	listing_put_text(b, l);
}

/* ---- what it can be filtered by -------------------------------------------------------------- */

static void put_facet(struct buf *b, char of, struct str code, size_t len)
{
	buf_put_char(b, of);
	for (size_t i = 0; i < len && i < code.len; i++) {
		char c = code.at[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_put_char(b, c);
	}
	buf_put_char(b, ' ');
}

void listing_put_kind_facet(struct buf *b, struct str kind)
{
	put_facet(b, 'k', kind, kind.len);
}

/* "500000" stands for all below "50". */
static size_t region_len(struct str region)
{
	size_t len = region.len > 6 ? 6 : region.len / 2 * 2;

	while (len > 2 && region.at[len - 1] == '0' && region.at[len - 2] == '0')
		len -= 2;
	return len;
}

void listing_put_region_facet(struct buf *b, struct str region)
{
	put_facet(b, 'r', region, region_len(region));
}

void listing_put_industry_facet(struct buf *b, struct str industry)
{
	put_facet(b, 'i', industry, industry.len == 2 ? 1 : industry.len > 5 ? 5 : industry.len);
}

static void put_above(struct buf *b, struct str code, bool region)
{
	size_t len = region ? region_len(code) : code.len;

	for (size_t i = region ? 2 : 1; i <= len; i += region || i == 1 ? 2 : 1)
		put_facet(b, region ? 'r' : 'i', code, i);
}

void listing_put_facets(struct buf *b, const struct listing *l)
{
	const struct json *regions = json_get(l->fields, "regions");
	const struct json *industries = json_get(l->fields, "industries");

	listing_put_kind_facet(b, l->kind);
	for (size_t i = 0; i < json_count(regions); i++)
		put_above(b, json_str(json_at(regions, i)), true);
	for (size_t i = 0; i < json_count(industries); i++)
		put_above(b, json_str(json_at(industries, i)), false);
}
