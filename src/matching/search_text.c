/* search_text.c - see search_text.h. */
#include "matching/search_text.h"

#include <stdbool.h>

#include "base/scoped.h"

/* One character: its first byte and length; 0 at the end. Invalid bytes count as separators. */
static size_t character(struct str s, size_t at)
{
	if (at >= s.len)
		return 0;
	unsigned char c = (unsigned char)s.at[at];
	size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	for (size_t i = 1; i < len; i++) {
		if (at + i >= s.len || ((unsigned char)s.at[at + i] & 0xc0) != 0x80)
			return 1; /* broken: a separator of one byte */
	}
	return len;
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Han and other wide letters: three bytes and more, but no CJK punctuation (U+3000..U+303F,
 * U+FF00..U+FF0F) and no general punctuation (U+2000..U+206F). */
static bool is_wide(struct str s, size_t at, size_t len)
{
	if (len < 3)
		return false;
	unsigned char a = (unsigned char)s.at[at];
	unsigned char b = (unsigned char)s.at[at + 1];
	if (a == 0xe3 && b == 0x80)
		return false;
	if (a == 0xe2 && (b == 0x80 || b == 0x81))
		return false;
	return !(a == 0xef && b == 0xbc && (unsigned char)s.at[at + 2] < 0x90);
}

/* End of the run of equal class that starts at `at`. */
static size_t run_end(struct str s, size_t at, bool wide)
{
	while (at < s.len) {
		size_t len = character(s, at);
		bool same = wide ? is_wide(s, at, len) : len == 1 && is_word_byte(s.at[at]);
		if (!same)
			break;
		at += len;
	}
	return at;
}

static void put_lower(struct buf *b, struct str word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		buf_put_char(b, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
	}
}

/* Bigrams of a wide run; the last character alone only for the index or a one-character run. */
static void put_bigrams(struct buf *b, struct str run, bool with_last)
{
	size_t at = 0;
	bool any = false;
	for (;;) {
		size_t first = character(run, at);
		size_t second = character(run, at + first);
		if (second == 0) {
			if (with_last || !any)
				buf_put(b, run.at + at, first);
			break;
		}
		buf_put(b, run.at + at, first + second);
		buf_put_char(b, ' ');
		any = true;
		at += first;
	}
}

static void each_run(struct buf *b, struct str text,
	void (*put)(struct buf *b, struct str run, bool wide))
{
	for (size_t at = 0; at < text.len;) {
		size_t len = character(text, at);
		bool wide = is_wide(text, at, len);
		if (!wide && !(len == 1 && is_word_byte(text.at[at]))) {
			at += len;
			continue;
		}
		size_t end = run_end(text, at, wide);
		put(b, (struct str){ text.at + at, end - at }, wide);
		at = end;
	}
}

static void put_index_run(struct buf *b, struct str run, bool wide)
{
	if (wide)
		put_bigrams(b, run, true);
	else
		put_lower(b, run);
	buf_put_char(b, ' ');
}

/* A run of one Chinese character is a prefix query; longer runs are phrases of bigrams. */
static void put_query_run(struct buf *b, struct str run, bool wide)
{
	bool one = wide && character(run, 0) == run.len;
	buf_put_char(b, '"');
	if (wide)
		put_bigrams(b, run, false);
	else
		put_lower(b, run);
	buf_put_text(b, wide && !one ? "\" " : "\"* ");
}

void search_text_put(struct buf *b, struct str text)
{
	each_run(b, text, put_index_run);
}

void search_text_mark(struct buf *b, char kind, struct str text)
{
	buf_put_char(b, kind);
	for (size_t i = 0; i < text.len; i++)
		if (is_word_byte(text.at[i]))
			put_lower(b, (struct str){ text.at + i, 1 });
}

void search_text_query(struct buf *b, struct str text)
{
	each_run(b, text, put_query_run);
}

static void put_phrase_run(struct buf *b, struct str run, bool wide)
{
	if (wide && character(run, 0) == run.len)
		return;
	buf_put_char(b, '"');
	if (wide)
		put_bigrams(b, run, false);
	else
		put_lower(b, run);
	buf_put_text(b, "\" ");
}

void search_text_phrases(struct buf *b, struct str text)
{
	each_run(b, text, put_phrase_run);
}

static void put_pairs_run(struct buf *b, struct str run, bool wide)
{
	if (wide && character(run, 0) == run.len)
		return;
	if (wide)
		put_bigrams(b, run, false);
	else
		put_lower(b, run);
	buf_put_char(b, ' ');
}

void search_text_put_pairs(struct buf *b, struct str text)
{
	each_run(b, text, put_pairs_run);
}

/* "IATF16949" also as "iatf 16949": people write both. */
static void put_latin(struct buf *b, struct str run)
{
	size_t letters = 0;

	put_lower(b, run);
	while (letters < run.len && (run.at[letters] > '9' || run.at[letters] < '0'))
		letters++;
	if (letters < 2 || letters + 2 > run.len)
		return;
	buf_put_char(b, ' ');
	put_lower(b, (struct str){ run.at, letters });
	buf_put_char(b, ' ');
	put_lower(b, str_skip(run, letters));
}

static void put_words_run(struct buf *b, struct str run, bool wide)
{
	if (wide && character(run, 0) == run.len)
		return;
	if (wide)
		put_bigrams(b, run, false);
	else
		put_latin(b, run);
	buf_put_char(b, ' ');
}

uint32_t search_text_words(struct arena *a, struct str text, struct str *ret, uint32_t max)
{
	SCOPED_BUF b = { 0 };
	struct str rest;
	uint32_t count = 0;

	buf_init(&b, 4 * text.len + 64);
	each_run(&b, text, put_words_run);
	rest = str_copy(a, buf_str(&b));
	while (rest.at && count < max) {
		struct str word = str_cut(&rest, ' ');
		uint32_t i = 0;
		while (i < count && !str_eq(ret[i], word))
			i++;
		if (word.len > 0 && i == count)
			ret[count++] = word;
	}
	return count;
}
