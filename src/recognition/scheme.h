/* scheme.h - a test scheme: the items of one edition of a standard or rule, as data.
 *
 * Is:      a typed view of a rules/schemes file (doc/formats/rules.md). Pure; borrows from the
 *          JSON.
 * Is not:  the evaluation of a scheme's numbers against measurements (criteria/).
 */
#ifndef HUREN_RECOGNITION_SCHEME_H
#define HUREN_RECOGNITION_SCHEME_H

#include "base/json.h"
#include "crypto/digest.h"

struct text_pair {
	struct str zh, en;         /* "zh-CN" and "en" */
};

enum standard_level {
	LEVEL_NATIONAL, LEVEL_INDUSTRY, LEVEL_LOCAL, LEVEL_GROUP, LEVEL_ENTERPRISE,
	LEVEL_INTERNATIONAL, LEVEL_RULE, LEVEL_COUNT
};

struct scheme_cover {              /* items of another scheme that stand for a general item */
	struct str scheme;
	uint32_t item_count;
	const struct str *items;
};
struct scheme_item {
	struct str item;           /* "6.1.4" */
	struct text_pair title;
	uint32_t runs;             /* repetitions asked for, all to pass; 0 = to be entered */
	uint32_t cover_count;
	const struct scheme_cover *covers;
	const struct json *doc;    /* with its numbers */
};
struct scheme {
	struct str id, edition;
	struct text_pair title;
	struct str standard_code;  /* "GB/T 41798"; empty for the general items */
	enum standard_level level;
	uint32_t item_count;
	const struct scheme_item *items;   /* in the order of the file */
	struct digest digest;              /* of the file's RFC 8785 form */
	const struct json *doc;
	const struct scheme *next;         /* in the order added to struct rules */
};

/* ERR_INVALID names the member; ERR_TOO_LARGE arena. */
MUST_USE enum err_code scheme_parse(struct arena *a, const struct json *doc, struct scheme *ret,
	struct err *e);
/* NULL when unknown. */
const struct scheme_item *scheme_item(const struct scheme *s, struct str item);

/* Level a standard's code itself shows: "GB/T 41798" national, "QC/T ..." industry, "DB4403/T ..."
 * local, "T/..." group, "Q/..." enterprise, "UN R157", "ISO ..." international; else enterprise. */
enum standard_level standard_level_of(struct str code);
const char *standard_level_name(enum standard_level level);
/* ERR_INVALID for an unknown word. */
MUST_USE enum err_code standard_level_parse(struct str text, enum standard_level *ret,
	struct err *e);

/* {"zh-CN","en"}, both non-empty. ERR_INVALID. */
MUST_USE enum err_code text_pair_parse(const struct json *v, struct text_pair *ret, struct err *e);
struct json *text_pair_json(struct arena *a, const struct text_pair *t);
/* A JSON array of `least`.. `most` non-empty strings. `name` is for the message. */
MUST_USE enum err_code strings_parse(struct arena *a, const struct json *v, const char *name,
	size_t least, size_t most, const struct str **ret, uint32_t *ret_count, struct err *e);
/* The same, sorted by bytes and without doubles (ERR_INVALID). */
MUST_USE enum err_code strings_parse_sorted(struct arena *a, const struct json *v, const char *name,
	size_t least, size_t most, const struct str **ret, uint32_t *ret_count, struct err *e);
/* Index in a sorted list, or SIZE_MAX. */
size_t strings_find(const struct str *sorted, size_t count, struct str s);

#endif
