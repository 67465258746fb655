/* plan.c - laying out an agreement. */
#include "recognition/plan.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 4096

struct planner {
	struct arena *a;
	struct plan *p;
	struct plan_row *rows;
	struct str *elements;
	struct err *e;
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "agreement too large");
}

const struct scheme *plan_accepted(const struct plan *p, struct str scheme, struct str edition)
{
	for (uint32_t i = 0; i < p->agreement->edition_count; i++) {
		const struct agreement_items *accepted = &p->agreement->editions[i];
		if (!str_eq(accepted->edition, edition) || !str_eq(accepted->scheme, scheme))
			continue;
		for (uint32_t k = 0; k < p->scheme_count; k++) {
			if (str_eq(p->schemes[k]->id, scheme) &&
				str_eq(p->schemes[k]->edition, edition))
				return p->schemes[k];
		}
	}
	return NULL;
}

static const struct scheme *scheme_of(const struct plan *p, struct str id, struct str edition)
{
	for (uint32_t k = 0; k < p->scheme_count; k++) {
		if (str_eq(p->schemes[k]->id, id) && str_eq(p->schemes[k]->edition, edition))
			return p->schemes[k];
	}
	return NULL;
}

static int key_order(const struct plan_row *x, struct str scheme, struct str item)
{
	int order = str_cmp(x->scheme, scheme);
	return order ? order : str_cmp(x->item, item);
}

uint32_t plan_find(const struct plan *p, struct str scheme, struct str item)
{
	uint32_t from = 0;
	uint32_t until = p->row_count;
	while (from < until) {
		uint32_t middle = from + (until - from) / 2;
		int order = key_order(&p->rows[p->by_key[middle]], scheme, item);
		if (order == 0)
			return p->by_key[middle];
		if (order > 0)
			until = middle;
		else
			from = middle + 1;
	}
	return UINT32_MAX;
}

uint64_t plan_elements(const struct plan *p, const struct str *elements, uint32_t count,
	uint32_t *ret_unknown)
{
	uint64_t bits = 0;
	*ret_unknown = 0;
	for (uint32_t i = 0; i < count; i++) {
		size_t at = strings_find(p->elements, p->element_count, elements[i]);
		if (at == SIZE_MAX)
			(*ret_unknown)++;
		else
			bits |= UINT64_C(1) << at;
	}
	return bits;
}

/* ---- making ---------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static uint64_t element_bit(const struct plan *p, struct str element)
{
	size_t at = strings_find(p->elements, p->element_count, element);
	return at == SIZE_MAX ? 0 : UINT64_C(1) << at;
}

static enum err_code add_element(struct planner *m, struct str element)
{
	for (uint32_t i = 0; i < m->p->element_count; i++) {
		if (str_eq(m->elements[i], element))
			return ERR_OK;
	}
	if (m->p->element_count == PLAN_ELEMENTS_MAX)
		return err_set(m->e, ERR_INVALID, "agreement names more than %d ODD elements",
			PLAN_ELEMENTS_MAX);
	m->elements[m->p->element_count++] = element;
	return ERR_OK;
}

static enum err_code put_elements(struct planner *m)
{
	const struct agreement *g = m->p->agreement;
	m->elements = ARENA_ARRAY(m->a, struct str, PLAN_ELEMENTS_MAX);
	if (!m->elements)
		return full(m->e);
	for (uint32_t i = 0; i < g->element_count; i++) {
		if (!str_is(g->elements[i].element, "*"))
			TRY(add_element(m, g->elements[i].element));
	}
	for (uint32_t i = 0; i < g->add_on_count; i++) {
		for (uint32_t k = 0; k < g->add_ons[i].when_count; k++)
			TRY(add_element(m, g->add_ons[i].when[k]));
	}
	qsort(m->elements, m->p->element_count, sizeof(*m->elements), by_bytes);
	m->p->elements = m->elements;
	for (uint32_t i = 0; i < g->element_count; i++)
		m->p->mapped |= element_bit(m->p, g->elements[i].element);
	return ERR_OK;
}

static bool has_row(const struct planner *m, struct str scheme, struct str item)
{
	for (uint32_t i = 0; i < m->p->row_count; i++) {
		if (key_order(&m->rows[i], scheme, item) == 0)
			return true;
	}
	return false;
}

static void add_scheme_rows(struct planner *m, const struct scheme *s, bool general)
{
	for (uint32_t i = 0; i < s->item_count; i++) {
		if (!has_row(m, s->id, s->items[i].item))
			m->rows[m->p->row_count++] = (struct plan_row){ .scheme = s->id,
				.item = s->items[i].item, .of_scheme = s, .of = &s->items[i],
				.general = general, .always = general };
	}
}

static enum err_code put_rows(struct planner *m)
{
	const struct agreement *g = m->p->agreement;
	const struct scheme *general = scheme_of(m->p, g->general_scheme, g->general_edition);
	size_t most = g->add_on_count;
	if (!general)
		return err_set(m->e, ERR_NOT_FOUND, "scheme of the general items is not known");
	for (uint32_t i = 0; i < m->p->scheme_count; i++)
		most += m->p->schemes[i]->item_count;
	if (most > ROWS_MAX)
		return full(m->e);
	m->rows = ARENA_ARRAY(m->a, struct plan_row, most);
	if (!m->rows)
		return full(m->e);
	m->p->rows = m->rows;
	add_scheme_rows(m, general, true);
	for (uint32_t i = 0; i < g->edition_count; i++) {
		const struct scheme *s =
			scheme_of(m->p, g->editions[i].scheme, g->editions[i].edition);
		if (!s)
			return err_set(m->e, ERR_NOT_FOUND,
				"scheme %u of the agreement is not known", i + 1);
		if (!str_eq(s->id, general->id))
			add_scheme_rows(m, s, false);
	}
	for (uint32_t i = 0; i < g->add_on_count; i++)
		m->rows[m->p->row_count++] = (struct plan_row){ .scheme = STR(PLAN_ADD_ON_SCHEME),
			.item = g->add_ons[i].item, .add_on = &g->add_ons[i],
			.always = g->add_ons[i].when_count == 0 };
	return ERR_OK;
}

static void set_needs(struct planner *m, struct plan_row *row)
{
	const struct agreement *g = m->p->agreement;
	for (uint32_t i = 0; i < g->element_count; i++) {
		const struct agreement_element *el = &g->elements[i];
		if (!str_eq(el->scheme, row->scheme) ||
			strings_find(el->items, el->item_count, row->item) == SIZE_MAX)
			continue;
		if (str_is(el->element, "*"))
			row->always = true;
		row->needed_by |= element_bit(m->p, el->element);
	}
	for (uint32_t i = 0; row->add_on && i < row->add_on->when_count; i++)
		row->needed_by |= element_bit(m->p, row->add_on->when[i]);
}

static void set_terms(struct planner *m, struct plan_row *row)
{
	const struct agreement *g = m->p->agreement;
	for (uint32_t i = 0; i < g->carry_count; i++) {
		if (str_eq(g->carry[i].scheme, row->scheme) &&
			strings_find(g->carry[i].items, g->carry[i].item_count, row->item) !=
				SIZE_MAX)
			row->carried = true;
	}
	for (uint32_t i = 0; i < g->age_count; i++) {
		const struct agreement_age *age = &g->ages[i];
		if (str_eq(age->scheme, row->scheme) && str_eq(age->item, row->item))
			row->age = age;
		else if (age->item.len == 0 && !row->age)
			row->age = age;
	}
}

static enum err_code set_covers(struct planner *m, struct plan_row *row)
{
	uint32_t most = 0;
	uint32_t count = 0;
	for (uint32_t i = 0; i < row->of->cover_count; i++)
		most += row->of->covers[i].item_count;
	uint32_t *covers = ARENA_ARRAY(m->a, uint32_t, most);
	if (!covers)
		return full(m->e);
	for (uint32_t i = 0; i < row->of->cover_count; i++) {
		const struct scheme_cover *c = &row->of->covers[i];
		for (uint32_t k = 0; k < c->item_count; k++) {
			uint32_t found = plan_find(m->p, c->scheme, c->items[k]);
			if (found != UINT32_MAX && !m->rows[found].general)
				covers[count++] = found;
		}
	}
	row->covers = covers;
	row->cover_count = count;
	return ERR_OK;
}

static int by_row_key(const void *a, const void *b, void *rows)
{
	const struct plan_row *list = rows;
	const struct plan_row *y = &list[*(const uint32_t *)b];
	return key_order(&list[*(const uint32_t *)a], y->scheme, y->item);
}

enum err_code plan_new(struct arena *a, const struct agreement *g,
	const struct scheme *const *schemes, uint32_t scheme_count, const struct plan **ret,
	struct err *e)
{
	struct plan *p = ARENA_NEW(a, struct plan);
	if (!p)
		return full(e);
	*p = (struct plan){ .agreement = g, .schemes = schemes, .scheme_count = scheme_count };
	struct planner m = { .a = a, .p = p, .e = e };
	TRY(put_elements(&m));
	TRY(put_rows(&m));
	uint32_t *by_key = ARENA_ARRAY(a, uint32_t, p->row_count);
	if (!by_key)
		return full(e);
	for (uint32_t i = 0; i < p->row_count; i++) {
		by_key[i] = i;
		set_needs(&m, &m.rows[i]);
		set_terms(&m, &m.rows[i]);
	}
	qsort_r(by_key, p->row_count, sizeof(*by_key), by_row_key, m.rows);
	p->by_key = by_key;
	for (uint32_t i = 0; i < p->row_count; i++) {
		if (m.rows[i].general)
			TRY(set_covers(&m, &m.rows[i]));
	}
	*ret = p;
	return ERR_OK;
}
