/* synonyms.c - see synonyms.h. */
#include "matching/synonyms.h"

#include "base/scoped.h"
#include "matching/search_text.h"

#define MATCHES 15             /* words of groups that one query can have; as WORDS_RANK_BESIDE */

static bool is_lower(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] >= 'A' && s.at[i] <= 'Z')
			return false;
	}
	return true;
}

static enum err_code add_word(struct synonym_word *words, uint32_t *count, struct str word,
	uint32_t group, struct err *e)
{
	if (!word.at || word.len == 0 || !is_lower(word))
		return err_set(e, ERR_INVALID, "synonyms: group %u has a word that is empty or not "
			"in lower case", group + 1);
	for (uint32_t i = 0; i < *count; i++) {
		if (str_eq(words[i].word, word))
			return err_set(e, ERR_INVALID, "synonyms: \"" STR_FMT "\" stands twice",
				STR_ARG(word));
	}
	words[(*count)++] = (struct synonym_word){ word, group };
	return ERR_OK;
}

enum err_code synonyms_parse(struct arena *a, const struct rules *r, struct synonyms *ret,
	struct err *e)
{
	const struct rules_file *file = rules_file_named(r, STR("terms.json"));
	const struct json *groups = file ? json_get(file->doc, "synonyms") : NULL;
	struct synonym_word *words = ARENA_ARRAY(a, struct synonym_word, LIMIT_SYNONYMS);
	uint32_t count = 0;

	if (!words)
		return err_set(e, ERR_TOO_LARGE, "synonyms need too much memory");
	for (size_t i = 0; i < json_count(groups); i++) {
		const struct json *list = json_at(groups, i);
		for (size_t k = 0; k < json_count(list); k++) {
			if (count == LIMIT_SYNONYMS)
				return err_set(e, ERR_TOO_LARGE, "more than %d synonyms",
					LIMIT_SYNONYMS);
			TRY(add_word(words, &count, json_str(json_at(list, k)), (uint32_t)i, e));
		}
	}
	*ret = (struct synonyms){ count, words };
	return ERR_OK;
}

/* ---- what a query has ------------------------------------------------------------------------ */

struct match {
	size_t at, end;
	const struct synonym_word *word;
};

static bool is_latin(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static struct str fold(struct arena *a, struct str s)
{
	char *text = arena_copy(a, s.at, s.len);

	for (size_t i = 0; text && i < s.len; i++)
		text[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + ('a' - 'A'))
			: text[i];
	return (struct str){ text, text ? s.len : 0 };
}

/* The first place of the word where it is none of a longer Latin word. */
static bool find_word(struct str text, struct str word, struct match *ret)
{
	size_t from = 0;

	while (from + word.len <= text.len) {
		size_t at = str_find(str_skip(text, from), word);
		if (at == SIZE_MAX)
			return false;
		at += from;
		bool inside = (at > 0 && is_latin(word.at[0]) && is_latin(text.at[at - 1])) ||
			(at + word.len < text.len && is_latin(word.at[word.len - 1]) &&
			is_latin(text.at[at + word.len]));
		if (!inside) {
			ret->at = at;
			ret->end = at + word.len;
			return true;
		}
		from = at + 1;
	}
	return false;
}

static bool lies_in_longer(const struct match *m, const struct match *all, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (all[i].at <= m->at && m->end <= all[i].end &&
			all[i].end - all[i].at > m->end - m->at)
			return true;
	}
	return false;
}

static bool is_matched(const struct match *all, uint32_t count, const struct synonym_word *w)
{
	for (uint32_t i = 0; i < count; i++) {
		if (all[i].word->word.at == w->word.at)
			return true;
	}
	return false;
}

static void put_found(struct arena *a, struct str text, const struct match *m, struct str other,
	struct synonym_found *ret)
{
	struct str before = { text.at, m->at }, behind = str_skip(text, m->end);
	SCOPED_BUF b = { 0 };

	buf_init(&b, 4096);
	search_text_put_pairs(&b, other);
	ret->said = (struct str){ text.at + m->at, m->end - m->at };
	ret->phrase = str_copy(a, str_trim(buf_str(&b)));
	ret->text = str_printf(a, STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(other),
		STR_ARG(behind));
}

uint32_t synonyms_find(struct arena *a, const struct synonyms *s, struct str query,
	struct synonym_found ret[LIMIT_SEARCH_SYNONYMS])
{
	struct str text = fold(a, query);
	struct match all[MATCHES];
	uint32_t matched = 0, count = 0;

	for (uint32_t i = 0; i < s->count && matched < MATCHES && text.len > 0; i++) {
		all[matched].word = &s->words[i];
		matched += find_word(text, s->words[i].word, &all[matched]);
	}
	for (uint32_t i = 0; i < matched; i++) {
		const struct synonym_word *w = all[i].word;
		for (uint32_t k = 0; k < s->count && count < LIMIT_SEARCH_SYNONYMS; k++) {
			const struct synonym_word *other = &s->words[k];
			if (other->group != w->group || is_matched(all, matched, other) ||
				lies_in_longer(&all[i], all, matched))
				continue;
			put_found(a, text, &all[i], other->word, &ret[count]);
			ret[count].concept = i;
			count += ret[count].phrase.len > 0 && ret[count].text.len > 0;
		}
	}
	return count;
}
