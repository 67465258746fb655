/* picture.h - one run of an evaluation as a picture (SVG).
 *
 * Is:      drawn from the evaluation document alone: what decided as lines over time, with limits,
 *          the interval looked at and the deciding moment; flags and texts as bands; the verdict
 *          and every criterion as shape, word and colour. Pure: the same bytes everywhere.
 * Is not:  a judge: it shows numbers of the document, rounded for eyes.
 * Colours: classes with a style of its own, light and dark by the reader's preference. An answer
 *          that carries the picture must allow inline style; it holds no script and no link.
 */
#ifndef HUREN_CRITERIA_PICTURE_H
#define HUREN_CRITERIA_PICTURE_H

#include "base/buf.h"
#include "base/json.h"
#include "criteria/eval.h"
#include "criteria/verdict.h"

/* The words of one language. Titles of criteria come from the document, by `language`. */
struct picture_words {
	const char *language;          /* member of the document's titles: "zh-CN", "en" */
	const char *verdicts[VERDICT_COUNT];
	const char *whys[WHY_COUNT];   /* of eval_why, for people */
	const char *run_before, *run_after; /* around its number */
	const char *margin, *limit, *time, *states, *measured, *holds, *violated, *unknown;
	const char *roles[3];          /* pass, valid, applies */
};
extern const struct picture_words picture_words_zh, picture_words_en;

/* The element `run` (0 ..) of the document's "runs", which must carry plots to show lines.
 * ERR_INVALID: no evaluation, or no such run; ERR_TOO_LARGE: arena or buf. */
MUST_USE enum err_code picture_draw(struct arena *work, const struct json *evaluation,
	uint32_t run, const struct picture_words *words, struct buf *b, struct err *e);

#endif
