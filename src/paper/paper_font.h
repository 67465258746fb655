/* paper_font.h - the two faces that papers are printed with: Noto Sans CJK SC, regular and bold.
 *
 * Is:      both files mapped, their glyphs looked up and measured. Nothing of the machine's own
 *          list of fonts counts: the file and the face in it are named here.
 * Is not:  a shaper: Chinese and Latin text needs a glyph a character, and the face has no other.
 * Life:    paper_fonts_open -> ... -> paper_fonts_close. One thread a handle.
 */
#ifndef HUREN_PAPER_PAPER_FONT_H
#define HUREN_PAPER_PAPER_FONT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct paper_fonts;

/* `folder` holds NotoSansCJK-Regular.ttc and -Bold.ttc; NULL is where Debian puts them.
 * ERR_NOT_FOUND names the file and, as the hint, the package; ERR_UNSUPPORTED: no such face. */
MUST_USE enum err_code paper_fonts_open(const char *folder, struct paper_fonts **ret,
	struct err *e);
void paper_fonts_close(struct paper_fonts *f); /* accepts NULL */

#endif
