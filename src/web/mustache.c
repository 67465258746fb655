/* mustache.c - rendering: one loop over the operations, with its own stacks. */
#include "web/mustache.h"

#include <string.h>

#include "web/mustache_inner.h"

/* A section that is being drawn, or a partial or word that will return. */
struct frame {
	const struct json *list;   /* section over a list, else NULL */
	uint32_t index;
	uint32_t pc;               /* section: its first op; partial: where to go on */
	const struct mustache_template *back;      /* partial: whose ops to go on with */
	size_t indent_len;         /* partial: indentation before it */
};

struct renderer {
	const struct mustache_template *t;
	uint32_t pc;
	unsigned language;
	struct buf *b;
	size_t depth;
	struct frame frames[LIMIT_TEMPLATE_DEPTH];
	size_t context_count;
	const struct json *contexts[LIMIT_TEMPLATE_DEPTH];
	size_t indent_len;
	char indent[64];
};

void mustache_put_escaped(struct buf *b, struct str s)
{
	size_t plain = 0;

	for (size_t i = 0; i < s.len; i++) {
		const char *entity;
		switch (s.at[i]) {
		case '&': entity = "&amp;"; break;
		case '<': entity = "&lt;"; break;
		case '>': entity = "&gt;"; break;
		case '"': entity = "&quot;"; break;
		case '\'': entity = "&#39;"; break;
		default: continue;
		}
		buf_put(b, s.at + plain, i - plain);
		buf_put_text(b, entity);
		plain = i + 1;
	}
	if (plain < s.len)
		buf_put(b, s.at + plain, s.len - plain);
}

static const struct json *look_up(const struct renderer *r, const struct op *op)
{
	const struct json *v = NULL;

	if (op->segment_count == 0)
		return r->contexts[r->context_count - 1];
	for (size_t i = r->context_count; i > 0 && !v && !(op->here && i < r->context_count); i--)
		v = json_get(r->contexts[i - 1], op->segments[0]);
	for (uint32_t i = 1; i < op->segment_count && v; i++)
		v = json_get(v, op->segments[i]);
	return v;
}

static bool is_truthy(const struct json *v)
{
	if (!v || v->type == JSON_NULL || v->type == JSON_FALSE)
		return false;
	if (v->type == JSON_ARRAY)
		return v->count > 0;
	return v->type != JSON_STRING || v->string.len > 0;
}

static void put_value(struct renderer *r, const struct json *v, bool raw)
{
	char number[32];

	if (json_is(v, JSON_STRING) && raw)
		buf_put_str(r->b, v->string);
	else if (json_is(v, JSON_STRING))
		mustache_put_escaped(r->b, v->string);
	else if (json_is(v, JSON_NUMBER))
		buf_put(r->b, number, json_number_text(v->number, number));
	else if (json_is(v, JSON_TRUE) || json_is(v, JSON_FALSE))
		buf_put_text(r->b, json_true(v) ? "true" : "false");
}

/* Every line but an op's first is known only here. */
static void put_text(struct renderer *r, struct str text)
{
	while (r->indent_len > 0 && text.len > 0) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t line = end ? (size_t)(end - text.at) + 1 : text.len;
		buf_put(r->b, text.at, line);
		text = str_skip(text, line);
		if (text.len > 0)
			buf_put(r->b, r->indent, r->indent_len);
	}
	buf_put_str(r->b, text);
}

static enum err_code too_deep(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "template is nested too deeply");
}

static enum err_code enter_section(struct renderer *r, const struct op *op, struct err *e)
{
	const struct json *v = look_up(r, op);

	if (!is_truthy(v)) {
		r->pc = op->target;
		return ERR_OK;
	}
	if (r->depth == LIMIT_TEMPLATE_DEPTH || r->context_count == LIMIT_TEMPLATE_DEPTH)
		return too_deep(e);
	r->frames[r->depth++] = (struct frame){
		.list = json_is(v, JSON_ARRAY) ? v : NULL, .pc = r->pc,
	};
	/* A condition is no place to look from: "." inside it stays what it was. */
	if (json_is(v, JSON_TRUE) && r->context_count > 0)
		v = r->contexts[r->context_count - 1];
	else if (json_is(v, JSON_ARRAY))
		v = json_at(v, 0);
	r->contexts[r->context_count++] = v;
	return ERR_OK;
}

static void leave_section(struct renderer *r)
{
	struct frame *f = &r->frames[r->depth - 1];

	if (f->list && ++f->index < json_count(f->list)) {
		r->contexts[r->context_count - 1] = json_at(f->list, f->index);
		r->pc = f->pc;
		return;
	}
	r->depth--;
	r->context_count--;
}

static enum err_code enter_template(struct renderer *r, const struct mustache_template *t,
	struct str indent, struct err *e)
{
	if (!t)
		return ERR_OK;
	if (r->depth == LIMIT_TEMPLATE_DEPTH || indent.len > sizeof(r->indent) - r->indent_len)
		return too_deep(e);
	r->frames[r->depth++] = (struct frame){
		.back = r->t, .pc = r->pc, .indent_len = r->indent_len,
	};
	if (indent.len > 0)
		memcpy(r->indent + r->indent_len, indent.at, indent.len);
	r->indent_len += indent.len;
	r->t = t;
	r->pc = 0;
	return ERR_OK;
}

static void leave_template(struct renderer *r)
{
	const struct frame *f = &r->frames[--r->depth];

	CHECK(f->back != NULL);
	r->t = f->back;
	r->pc = f->pc;
	r->indent_len = f->indent_len;
}

static enum err_code run_op(struct renderer *r, const struct op *op, struct err *e)
{
	switch (op->kind) {
	case OP_TEXT:
		put_text(r, op->text);
		return ERR_OK;
	case OP_VALUE:
		put_value(r, look_up(r, op), op->raw);
		return ERR_OK;
	case OP_SECTION:
		return enter_section(r, op, e);
	case OP_INVERTED:
		if (is_truthy(look_up(r, op)))
			r->pc = op->target;
		return ERR_OK;
	case OP_SECTION_END:
		leave_section(r);
		return ERR_OK;
	case OP_PARTIAL:
		return enter_template(r, op->partial, op->indent, e);
	case OP_WORD:
		return enter_template(r, op->word ? op->word->text[r->language] : NULL,
			(struct str){ NULL, 0 }, e);
	default:
		CHECK(false);
	}
}

enum err_code mustache_render(const struct mustache_template *t, unsigned language,
	const struct json *const *contexts, size_t context_count, struct buf *b, struct err *e)
{
	struct renderer r = { .t = t, .language = language, .b = b };

	CHECK(language < MUSTACHE_LANGUAGES);
	CHECK(context_count > 0);
	CHECK(context_count < LIMIT_TEMPLATE_DEPTH);
	for (size_t i = 0; i < context_count; i++)
		r.contexts[r.context_count++] = contexts[i];
	for (uint32_t steps = 0; !b->overflow; steps++) {
		const struct op *op;
		if (steps == LIMIT_TEMPLATE_STEPS)
			return err_set(e, ERR_TOO_LARGE, "template takes too many steps");
		if (r.pc == r.t->op_count) {
			if (r.depth == 0)
				break;
			leave_template(&r);
			continue;
		}
		op = &r.t->ops[r.pc++];
		if (op->line_start && r.indent_len > 0)
			buf_put(b, r.indent, r.indent_len);
		TRY(run_op(&r, op, e));
	}
	return buf_check(b, "page", e);
}
