/* paper.h - a sheet (a document as JSON) to a printed paper (PDF, A4).
 *
 * Is:      page frame, texts, facts, tables, pictures and a QR code set by measure: nothing has a
 *          fixed place but the frame. Pure: the same sheet and faces give the same bytes.
 * Is not:  aware of statements or languages: whoever makes the sheet chose the words.
 * Sheet:   {"lang", "title", "subject", "author", "keywords", "created": time, "colour": "#rrggbb",
 *           "head": {"issuer", "place", "kind", "kind_other"?, "number", "name"?, "state"?: cell},
 *           "foot": text left of the page's number, "page": "{page} / {pages}",
 *           "band"?: {"text", "tone"}: across every page,
 *           "qr"?: {"size", "path" (SVG), "link", "number", "title", "text", "marks": [cell]},
 *           "blocks": [block]}
 *   block: {"is": "heading", "text"} | {"is": "text", "text", "tone"?, "small"?}
 *        | {"is": "facts", "rows": [{"name", "value": cell}]}
 *        | {"is": "table", "columns": [{"title", "width"?, "fit"?, "end"?}], "rows": [[cell]]}
 *        | {"is": "notice", "title", "text", "tone"} | {"is": "picture", "svg"}
 *        | {"is": "page"}
 *   cell:  text, or {"text", "sub"?, "shape"?, "tone"?, "link"?, "strong"?}
 *   tone:  good, warn, bad, soft; shape: check, cross, question, slash, dash
 * Text:    may hold anything: what is no character of a line is taken out, what the face lacks is
 *          drawn as a box (and can still be copied), a word longer than its line is broken.
 */
#ifndef HUREN_PAPER_PAPER_H
#define HUREN_PAPER_PAPER_H

#include "base/buf.h"
#include "base/json.h"
#include "paper/paper_font.h"

/* ERR_INVALID: no sheet, or a picture in it that is none; ERR_TOO_LARGE: LIMIT_PAPER_PAGES,
 * LIMIT_PAPER_ROWS, arena or buf. */
MUST_USE enum err_code paper_draw(struct arena *a, const struct json *sheet,
	struct paper_fonts *fonts, struct buf *b, struct err *e);

#endif
