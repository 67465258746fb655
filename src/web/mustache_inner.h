/* mustache_inner.h - what compiling and rendering share. */
#ifndef HUREN_WEB_MUSTACHE_INNER_H
#define HUREN_WEB_MUSTACHE_INNER_H

#include "base/limits.h"
#include "web/mustache.h"

enum op_kind {
	OP_TEXT, OP_VALUE, OP_SECTION, OP_INVERTED, OP_SECTION_END, OP_PARTIAL, OP_WORD
};

struct op {
	enum op_kind kind;
	bool raw;                  /* OP_VALUE: not escaped (lenient sets only) */
	bool here;                 /* ".name": of the innermost context only */
	bool line_start;           /* first of its line: indentation of a partial goes before it */
	uint32_t target;           /* OP_SECTION, OP_INVERTED: the first op behind the section */
	uint32_t segment_count;    /* of a dotted name; 0 is "." */
	const char *const *segments;
	struct str text;           /* OP_TEXT; OP_PARTIAL, OP_WORD: the name */
	struct str indent;         /* OP_PARTIAL that stands alone on its line */
	const struct mustache_template *partial;   /* tied by mustache_finish */
	struct word *word;
};

struct mustache_template {
	struct str name;
	uint32_t op_count;
	struct op *ops;
	struct mustache_template *next;
};

struct word {
	struct str key;
	bool used;
	const struct mustache_template *text[MUSTACHE_LANGUAGES];
	struct word *next;
};

#define TEMPLATE_BUCKETS 512
struct mustache {
	struct arena arena;
	bool lenient;
	bool finished;
	struct mustache_template *templates[TEMPLATE_BUCKETS];
	struct word *words[TEMPLATE_BUCKETS];
};

struct word *mustache_word(const struct mustache *m, struct str key);

#endif
