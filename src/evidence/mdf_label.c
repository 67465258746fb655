/* mdf_label.c - the texts of a column, each kept once. */
#include "evidence/mdf_inner.h"

#define CAPACITY_FIRST 64

static uint64_t hash_of(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a; crowding slots only costs its file's time */

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.at[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

static uint32_t slot_of(const struct mdf_labels *l, struct str text)
{
	uint32_t i = (uint32_t)hash_of(text) & (l->capacity - 1);

	while (l->slots[i] != 0 && !str_eq(l->texts[l->slots[i] - 1], text))
		i = (i + 1) & (l->capacity - 1);
	return i;
}

static enum err_code widen(struct mdf_labels *l, struct err *e)
{
	uint32_t capacity = l->capacity ? l->capacity * 2 : CAPACITY_FIRST;
	uint32_t *slots = ARENA_ARRAY(l->arena, uint32_t, capacity);
	struct str *texts = ARENA_ARRAY(l->arena, struct str, capacity / 2);

	if (!slots || !texts)
		return mdf_too_large(e);
	if (l->count > 0)
		memcpy(texts, l->texts, l->count * sizeof(*texts));
	l->slots = slots;
	l->texts = texts;
	l->capacity = capacity;
	for (uint32_t i = 0; i < l->count; i++)
		l->slots[slot_of(l, l->texts[i])] = i + 1;
	return ERR_OK;
}

enum err_code mdf_label(struct mdf_labels *l, struct str text, uint32_t *ret, bool *ret_new,
	struct err *e)
{
	uint32_t slot;
	struct str copy;

	*ret_new = false;
	*ret = MDF_NONE;
	if (l->count * 2 >= l->capacity)
		TRY(widen(l, e));
	slot = slot_of(l, text);
	if (l->slots[slot] == 0) {
		if (l->count == LIMIT_MDF_LABELS)
			return ERR_OK;
		copy = str_copy(l->arena, text);
		if (!copy.at)
			return mdf_too_large(e);
		l->texts[l->count++] = copy;
		l->slots[slot] = l->count;
		*ret_new = true;
	}
	*ret = l->slots[slot] - 1;
	return ERR_OK;
}
