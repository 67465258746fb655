/* catalogue.c - reading the files of both languages, joining them, comparing their keys. */
#include "web/catalogue.h"

#include <dirent.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"

#define CATALOGUE_CAP_BYTES 16777216 /* two languages of some 200 kB as trees */
#define FILE_BYTES 1048576
#define GROUP_DEPTH 4
#define KEY_BYTES 128

struct catalogue {
	struct arena arena;
	struct json *docs[LANGUAGE_COUNT];
};

static const char *const tags[LANGUAGE_COUNT] = { "zh-CN", "en" };

const char *language_tag(enum language l)
{
	CHECK(l < LANGUAGE_COUNT);
	return tags[l];
}

enum language language_of(struct str tag)
{
	if (str_is(tag, "en") || str_starts(tag, "en-"))
		return LANGUAGE_EN;
	if (str_is(tag, "zh") || str_starts(tag, "zh-"))
		return LANGUAGE_ZH;
	return LANGUAGE_COUNT;
}

/* Every group and text of `one` is there and of the same type in `other`. */
static enum err_code compare(const struct json *one, const struct json *other, unsigned depth,
	const char *tag, struct err *e)
{
	if (depth == GROUP_DEPTH)
		return err_set(e, ERR_INVALID, "catalogue is nested too deeply");
	for (uint32_t i = 0; i < json_count(one); i++) {
		struct str name = one->members[i].name;
		const struct json *mine = one->members[i].value;
		const struct json *theirs = NULL;
		if (!json_is(mine, JSON_STRING) && !json_is(mine, JSON_OBJECT))
			return err_set(e, ERR_INVALID, "\"" STR_FMT "\" is no text", STR_ARG(name));
		for (uint32_t j = 0; j < json_count(other) && !theirs; j++)
			if (str_eq(other->members[j].name, name))
				theirs = other->members[j].value;
		if (!theirs || theirs->type != mine->type)
			return err_set(e, ERR_INVALID, "catalogue %s lacks \"" STR_FMT "\"",
				tag, STR_ARG(name));
		if (json_is(mine, JSON_OBJECT) &&
			compare(mine, theirs, depth + 1, tag, e) != ERR_OK)
			return err_in(e, "in \"" STR_FMT "\"", STR_ARG(name));
	}
	return ERR_OK;
}

/* Puts the texts of one file beside those of the files before it; a group may be spread over files,
 * a text stands once. */
static enum err_code join(struct catalogue *c, struct json *into, const struct json *from,
	unsigned depth, struct err *e)
{
	if (depth == GROUP_DEPTH)
		return err_set(e, ERR_INVALID, "catalogue is nested too deeply");
	for (uint32_t i = 0; i < json_count(from); i++) {
		const struct json_member *member = &from->members[i];
		const char *name = str_z(&c->arena, member->name);
		const struct json *there = name ? json_get(into, name) : NULL;
		struct json *value = json_copy(&c->arena, there ? there : member->value);
		if (there && (!json_is(there, JSON_OBJECT) || !json_is(member->value, JSON_OBJECT)))
			return err_set(e, ERR_INVALID, "\"%s\" stands twice", name);
		if (there && value)
			TRY(join(c, value, member->value, depth + 1, e));
		if (!name || !json_set(&c->arena, into, name, value))
			return err_set(e, ERR_TOO_LARGE, "catalogue is too large");
	}
	return ERR_OK;
}

static enum err_code read_file(struct catalogue *c, const char *path, enum language l,
	struct err *e)
{
	struct json *doc;
	struct str text;

	TRY(io_read_file(&c->arena, path, FILE_BYTES, &text, e));
	if (json_parse(&c->arena, text, &doc, e) != ERR_OK)
		return err_in(e, "catalogue \"%s\", line %u", path, e->line);
	if (!json_is(doc, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "catalogue \"%s\" is no object", path);
	if (join(c, c->docs[l], doc, 0, e) != ERR_OK)
		return err_in(e, "catalogue \"%s\"", path);
	return ERR_OK;
}

static enum err_code read_language(struct catalogue *c, const char *ui_dir, enum language l,
	struct err *e)
{
	char *folder = arena_printf(&c->arena, "%s/catalogue/%s", ui_dir, tags[l]);
	struct dirent *entry;
	enum err_code code = ERR_OK;
	DIR *dir;

	c->docs[l] = json_new_object(&c->arena);
	if (!folder || !c->docs[l])
		return err_set(e, ERR_TOO_LARGE, "catalogue path is too long");
	dir = opendir(folder);
	if (!dir)
		return err_set(e, ERR_NOT_FOUND, "could not open \"%s\": %s", folder,
			err_errno());
	while (code == ERR_OK && (entry = readdir(dir))) {
		char *path;
		if (entry->d_name[0] == '.' || !str_ends(str_of(entry->d_name), ".json"))
			continue;
		path = arena_printf(&c->arena, "%s/%s", folder, entry->d_name);
		code = path ? read_file(c, path, l, e) :
			err_set(e, ERR_TOO_LARGE, "catalogue path is too long");
	}
	(void)closedir(dir);
	return code;
}

static enum err_code read_both(struct catalogue *c, const char *ui_dir, struct err *e)
{
	const struct json *zh, *en;

	TRY(read_language(c, ui_dir, LANGUAGE_ZH, e));
	TRY(read_language(c, ui_dir, LANGUAGE_EN, e));
	zh = c->docs[LANGUAGE_ZH];
	en = c->docs[LANGUAGE_EN];
	TRY(compare(zh, en, 0, tags[LANGUAGE_EN], e));
	return compare(en, zh, 0, tags[LANGUAGE_ZH], e);
}

enum err_code catalogue_open(const char *ui_dir, struct catalogue **ret, struct err *e)
{
	struct catalogue *c = handle_new(sizeof(*c));
	enum err_code code;

	arena_init(&c->arena, CATALOGUE_CAP_BYTES);
	code = read_both(c, ui_dir, e);
	if (code != ERR_OK) {
		catalogue_close(c);
		return code;
	}
	*ret = c;
	return ERR_OK;
}

void catalogue_close(struct catalogue *c)
{
	if (!c)
		return;
	arena_clear(&c->arena);
	handle_drop(c);
}

/* `key` holds the groups so far, `len` characters of it. */
static enum err_code add_group(const struct json *group, struct mustache *m, enum language l,
	char key[KEY_BYTES], size_t len, struct err *e)
{
	for (uint32_t i = 0; i < json_count(group); i++) {
		const struct json_member *member = &group->members[i];
		size_t end = len;
		if (member->name.len + 2 > KEY_BYTES - len)
			return err_set(e, ERR_TOO_LARGE, "catalogue key is too long");
		for (size_t k = 0; k < member->name.len; k++)
			key[end++] = member->name.at[k];
		if (json_is(member->value, JSON_STRING)) {
			TRY(mustache_add_word(m, (struct str){ key, end }, l,
				member->value->string, e));
			continue;
		}
		key[end++] = '.';
		TRY(add_group(member->value, m, l, key, end, e)); /* depth is bounded by compare */
	}
	return ERR_OK;
}

enum err_code catalogue_add_words(const struct catalogue *c, struct mustache *m, struct err *e)
{
	char key[KEY_BYTES];

	for (unsigned l = 0; l < LANGUAGE_COUNT; l++)
		TRY(add_group(c->docs[l], m, l, key, 0, e));
	return ERR_OK;
}

struct str catalogue_text(const struct catalogue *c, enum language l, const char *list,
	struct str word)
{
	const struct json *group = json_get(c->docs[l], list);
	char name[KEY_BYTES];

	if (word.len >= sizeof(name))
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < word.len; i++)
		name[i] = word.at[i];
	name[word.len] = '\0';
	return json_get_str(group, name);
}

const struct json *catalogue_json(const struct catalogue *c, enum language l)
{
	CHECK(l < LANGUAGE_COUNT);
	return c->docs[l];
}

struct str catalogue_fill(struct arena *a, struct str text, const struct json *values)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, LIMIT_PAGE_BYTES);
	while (text.len > 0) {
		size_t open = str_find(text, STR("{{")), close;
		struct str inside, value;
		char *name;
		if (open == SIZE_MAX)
			break;
		inside = str_skip(text, open + 2);
		close = str_find(inside, STR("}}"));
		if (close == SIZE_MAX)
			break;
		name = str_z(a, (struct str){ inside.at, close });
		value = name ? json_get_str(values, name) : STR("");
		buf_put(&b, text.at, open);
		buf_put_str(&b, value.at ? value : STR(""));
		text = str_skip(inside, close + 2);
	}
	buf_put_str(&b, text);
	if (!text.at || b.overflow)
		return (struct str){ NULL, 0 };
	return b.len > 0 ? str_copy(a, buf_str(&b)) : STR("");
}
