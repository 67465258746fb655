/* mustache_compile.c - template text to a flat list of operations. */
#include "web/mustache_inner.h"

#include <string.h>

#include "base/scoped.h"

#define DELIMITER_BYTES 15
#define NAME_SEGMENTS 8

struct compiler {
	struct mustache *m;
	struct mustache_template *t;
	struct str text;
	size_t at;                 /* everything before is compiled */
	uint32_t capacity;
	uint32_t depth;
	uint32_t open[LIMIT_TEMPLATE_DEPTH];        /* ops of the sections that are open */
	struct str open_names[LIMIT_TEMPLATE_DEPTH];
	struct str left, right;    /* delimiters */
};

struct tag {
	char sigil;                /* 0 for a plain value; one of "#^/>!=&{" */
	struct str content;
	size_t start, end;         /* in the text, with delimiters */
};

static uint32_t bucket_of(struct str name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (uint8_t)name.at[i]) * 16777619u;
	return hash % TEMPLATE_BUCKETS;
}

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "templates need too much memory");
}

static enum err_code fail_at(const struct compiler *c, size_t at, struct err *e, const char *what)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at && i < c->text.len; i++)
		line += c->text.at[i] == '\n';
	(void)err_set(e, ERR_INVALID, "template \"" STR_FMT "\", line %u: %s",
		STR_ARG(c->t->name), line, what);
	return err_at(e, line, 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str trim(struct str s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.at[0]))
		s = str_skip(s, 1);
	while (s.len > 0 && strchr(" \t\r\n", s.at[s.len - 1]))
		s.len--;
	return s;
}

static size_t find_from(struct str text, size_t from, struct str needle)
{
	size_t found;

	if (from > text.len)
		return SIZE_MAX;
	found = str_find(str_skip(text, from), needle);

	return found == SIZE_MAX ? SIZE_MAX : from + found;
}

static struct op *add_op(struct compiler *c, enum op_kind kind)
{
	struct mustache_template *t = c->t;

	if (t->op_count == c->capacity) {
		uint32_t capacity = c->capacity ? c->capacity * 2 : 16;
		struct op *ops = ARENA_ARRAY(&c->m->arena, struct op, capacity);
		if (!ops)
			return NULL;
		if (t->op_count > 0)
			memcpy(ops, t->ops, t->op_count * sizeof(*ops));
		t->ops = ops;
		c->capacity = capacity;
	}
	t->ops[t->op_count] = (struct op){ .kind = kind };
	return &t->ops[t->op_count++];
}

static bool at_line_start(const struct compiler *c, size_t at)
{
	return at == 0 || c->text.at[at - 1] == '\n';
}

static enum err_code add_text(struct compiler *c, size_t from, size_t to, struct err *e)
{
	struct op *op;

	if (from >= to)
		return ERR_OK;
	op = add_op(c, OP_TEXT);
	if (!op)
		return full(e);
	op->text = (struct str){ c->text.at + from, to - from };
	op->line_start = at_line_start(c, from);
	return ERR_OK;
}

/* Finds the next tag at or behind c->at; *ret_found false when there is none. */
static enum err_code next_tag(struct compiler *c, struct tag *ret, bool *ret_found, struct err *e)
{
	size_t start = find_from(c->text, c->at, c->left), inside, close, close_len = c->right.len;
	char sigil = 0;

	*ret_found = start != SIZE_MAX;
	if (!*ret_found)
		return ERR_OK;
	inside = start + c->left.len;
	while (inside < c->text.len && is_blank(c->text.at[inside]))
		inside++;
	if (inside < c->text.len && c->text.at[inside] && strchr("#^/>!=&{", c->text.at[inside]))
		sigil = c->text.at[inside++];
	close = find_from(c->text, inside, c->right);
	if (sigil == '=') /* the new delimiters may hold the old one: the second "=" ends them */
		close = find_from(c->text, find_from(c->text, inside, STR("=")), c->right);
	if (close == SIZE_MAX)
		return fail_at(c, start, e, "the tag is not closed");
	*ret = (struct tag){ .sigil = sigil, .start = start };
	ret->content = (struct str){ c->text.at + inside, close - inside };
	if (sigil == '{') {
		if (close + close_len >= c->text.len || c->text.at[close + close_len] != '}')
			return fail_at(c, start, e, "the tag is not closed");
		close_len++;
	}
	ret->end = close + close_len;
	ret->content = trim(ret->content);
	return ERR_OK;
}

/* A tag that draws nothing and stands alone takes its whole line with it. */
static bool stands_alone(const struct compiler *c, const struct tag *tag, size_t *ret_line,
	size_t *ret_next)
{
	size_t line = tag->start, next = tag->end;

	if (!tag->sigil || !strchr("#^/>!=", tag->sigil))
		return false;
	while (line > 0 && is_blank(c->text.at[line - 1]))
		line--;
	if (!at_line_start(c, line) || line < c->at)
		return false;
	while (next < c->text.len && is_blank(c->text.at[next]))
		next++;
	if (next < c->text.len && c->text.at[next] == '\r')
		next++;
	if (next < c->text.len && c->text.at[next] != '\n')
		return false;
	*ret_line = line;
	*ret_next = next < c->text.len ? next + 1 : next;
	return true;
}

static enum err_code set_name(struct compiler *c, struct op *op, const struct tag *tag,
	struct err *e)
{
	const char **segments;
	struct str rest = tag->content;

	if (str_is(rest, "."))
		return ERR_OK;
	if (str_starts(rest, ".")) {
		op->here = true;
		rest = str_skip(rest, 1);
	}
	segments = ARENA_ARRAY(&c->m->arena, const char *, NAME_SEGMENTS);
	if (!segments)
		return full(e);
	while (rest.at) {
		struct str segment = str_cut(&rest, '.');
		if (op->segment_count == NAME_SEGMENTS || segment.len == 0)
			return fail_at(c, tag->start, e, "the name is malformed");
		segments[op->segment_count] = str_z(&c->m->arena, segment);
		if (!segments[op->segment_count++])
			return full(e);
	}
	op->segments = segments;
	return ERR_OK;
}

static enum err_code open_section(struct compiler *c, const struct tag *tag, struct err *e)
{
	struct op *op = add_op(c, tag->sigil == '#' ? OP_SECTION : OP_INVERTED);

	if (!op)
		return full(e);
	if (c->depth == LIMIT_TEMPLATE_DEPTH)
		return fail_at(c, tag->start, e, "sections are nested too deeply");
	c->open[c->depth] = c->t->op_count - 1;
	c->open_names[c->depth++] = tag->content;
	return set_name(c, op, tag, e);
}

static enum err_code close_section(struct compiler *c, const struct tag *tag, struct err *e)
{
	if (c->depth == 0 || !str_eq(c->open_names[c->depth - 1], tag->content))
		return fail_at(c, tag->start, e, "this end belongs to no open section");
	c->depth--;
	if (c->t->ops[c->open[c->depth]].kind == OP_SECTION && !add_op(c, OP_SECTION_END))
		return full(e);
	c->t->ops[c->open[c->depth]].target = c->t->op_count;
	return ERR_OK;
}

static enum err_code set_delimiters(struct compiler *c, const struct tag *tag, struct err *e)
{
	struct str content = tag->content, left, right;

	if (content.len == 0 || content.at[content.len - 1] != '=')
		return fail_at(c, tag->start, e, "the new delimiters are malformed");
	content.len--;
	content = trim(content);
	left = str_cut(&content, ' ');
	right = trim(content);
	if (left.len == 0 || right.len == 0 || left.len > DELIMITER_BYTES ||
		right.len > DELIMITER_BYTES)
		return fail_at(c, tag->start, e, "the new delimiters are malformed");
	c->left = left;
	c->right = right;
	return ERR_OK;
}

static enum err_code add_value(struct compiler *c, const struct tag *tag, struct err *e)
{
	bool raw = tag->sigil == '&' || tag->sigil == '{';
	bool word = !raw && str_starts(tag->content, "t.") && tag->content.len > 2;
	struct op *op = add_op(c, word ? OP_WORD : OP_VALUE);

	if (!op)
		return full(e);
	if (raw && !c->m->lenient)
		return fail_at(c, tag->start, e, "a value must not be written unescaped");
	op->raw = raw;
	op->line_start = at_line_start(c, tag->start);
	if (word) {
		op->text = str_skip(tag->content, 2);
		return ERR_OK;
	}
	return set_name(c, op, tag, e);
}

static enum err_code add_tag(struct compiler *c, const struct tag *tag, struct str indent,
	bool alone, struct err *e)
{
	struct op *op;

	if (tag->content.len == 0 && tag->sigil != '!')
		return fail_at(c, tag->start, e, "the tag is empty");
	switch (tag->sigil) {
	case '!':
		return ERR_OK;
	case '#':
	case '^':
		return open_section(c, tag, e);
	case '/':
		return close_section(c, tag, e);
	case '=':
		return set_delimiters(c, tag, e);
	case '>':
		op = add_op(c, OP_PARTIAL);
		if (!op)
			return full(e);
		op->text = tag->content;
		op->indent = indent;
		op->line_start = !alone && at_line_start(c, tag->start);
		return ERR_OK;
	default:
		return add_value(c, tag, e);
	}
}

static enum err_code compile(struct compiler *c, struct err *e)
{
	for (;;) {
		struct tag tag = { 0 };
		size_t line = 0, next = 0;
		bool found, alone;
		TRY(next_tag(c, &tag, &found, e));
		if (!found)
			break;
		alone = stands_alone(c, &tag, &line, &next);
		TRY(add_text(c, c->at, alone ? line : tag.start, e));
		TRY(add_tag(c, &tag,
			(struct str){ c->text.at + line, alone ? tag.start - line : 0 }, alone, e));
		c->at = alone ? next : tag.end;
	}
	TRY(add_text(c, c->at, c->text.len, e));
	if (c->depth > 0)
		return fail_at(c, c->text.len, e, "a section is not closed");
	return ERR_OK;
}

static enum err_code template_new(struct mustache *m, struct str name, struct str text,
	struct mustache_template **ret, struct err *e)
{
	struct compiler c = { .m = m, .left = STR("{{"), .right = STR("}}") };

	CHECK(!m->finished);
	c.t = ARENA_NEW(&m->arena, struct mustache_template);
	c.text = str_copy(&m->arena, text);
	if (!c.t || !c.text.at)
		return full(e);
	c.t->name = str_copy(&m->arena, name);
	if (!c.t->name.at)
		return full(e);
	TRY(compile(&c, e));
	*ret = c.t;
	return ERR_OK;
}

static const struct mustache_template *find(const struct mustache *m, struct str name)
{
	const struct mustache_template *t = m->templates[bucket_of(name)];

	while (t && !str_eq(t->name, name))
		t = t->next;
	return t;
}

const struct mustache_template *mustache_find(const struct mustache *m, const char *name)
{
	return find(m, str_of(name));
}

enum err_code mustache_add(struct mustache *m, struct str name, struct str text, struct err *e)
{
	struct mustache_template *t, **bucket = &m->templates[bucket_of(name)];

	if (find(m, name))
		return err_set(e, ERR_CONFLICT, "template \"" STR_FMT "\" exists", STR_ARG(name));
	TRY(template_new(m, name, text, &t, e));
	t->next = *bucket;
	*bucket = t;
	return ERR_OK;
}

struct word *mustache_word(const struct mustache *m, struct str key)
{
	struct word *w = m->words[bucket_of(key)];

	while (w && !str_eq(w->key, key))
		w = w->next;
	return w;
}

enum err_code mustache_add_word(struct mustache *m, struct str key, unsigned language,
	struct str text, struct err *e)
{
	struct word *w = mustache_word(m, key);
	struct mustache_template *t;
	SCOPED_BUF escaped = { 0 };

	CHECK(language < MUSTACHE_LANGUAGES);
	if (w && w->text[language])
		return err_set(e, ERR_CONFLICT, "word \"" STR_FMT "\" exists", STR_ARG(key));
	buf_init(&escaped, m->arena.cap_bytes);
	mustache_put_escaped(&escaped, text);
	TRY(buf_check(&escaped, "word", e));
	TRY(template_new(m, key, buf_str(&escaped), &t, e));
	if (!w) {
		struct word **bucket = &m->words[bucket_of(key)];
		w = ARENA_NEW(&m->arena, struct word);
		if (!w)
			return full(e);
		w->key = t->name;
		w->next = *bucket;
		*bucket = w;
	}
	w->text[language] = t;
	return ERR_OK;
}

static enum err_code tie(struct mustache *m, const struct mustache_template *t, struct err *e)
{
	for (uint32_t i = 0; i < t->op_count; i++) {
		struct op *op = &t->ops[i];
		if (op->kind == OP_PARTIAL) {
			op->partial = find(m, op->text);
			if (!op->partial && !m->lenient)
				return err_set(e, ERR_NOT_FOUND,
					"template \"" STR_FMT "\" uses the partial \"" STR_FMT
					"\", which does not exist",
					STR_ARG(t->name), STR_ARG(op->text));
		}
		if (op->kind != OP_WORD)
			continue;
		op->word = mustache_word(m, op->text);
		for (unsigned l = 0; l < MUSTACHE_LANGUAGES && !m->lenient; l++)
			if (!op->word || !op->word->text[l])
				return err_set(e, ERR_NOT_FOUND,
					"template \"" STR_FMT "\" uses the word \"" STR_FMT
					"\", which a catalogue lacks",
					STR_ARG(t->name), STR_ARG(op->text));
		if (op->word)
			op->word->used = true;
	}
	return ERR_OK;
}

enum err_code mustache_finish(struct mustache *m, struct err *e)
{
	for (size_t i = 0; i < TEMPLATE_BUCKETS; i++) {
		for (const struct mustache_template *t = m->templates[i]; t; t = t->next)
			TRY(tie(m, t, e));
		for (const struct word *w = m->words[i]; w; w = w->next)
			for (unsigned l = 0; l < MUSTACHE_LANGUAGES; l++)
				if (w->text[l])
					TRY(tie(m, w->text[l], e));
	}
	m->finished = true;
	return ERR_OK;
}

bool mustache_word_is_used(const struct mustache *m, struct str key)
{
	const struct word *w = mustache_word(m, key);

	return w && w->used;
}

enum err_code mustache_open(size_t cap_bytes, bool lenient, struct mustache **ret, struct err *e)
{
	struct mustache *m;

	if (cap_bytes == 0)
		return full(e);
	m = handle_new(sizeof(*m));
	arena_init(&m->arena, cap_bytes);
	m->lenient = lenient;
	*ret = m;
	return ERR_OK;
}

void mustache_close(struct mustache *m)
{
	if (!m)
		return;
	arena_clear(&m->arena);
	handle_drop(m);
}
