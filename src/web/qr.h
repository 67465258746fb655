/* qr.h - QR codes as a path for an SVG, drawn by a template (libqrencode). */
#ifndef HUREN_WEB_QR_H
#define HUREN_WEB_QR_H

#include "base/json.h"

/* {"size": modules with the quiet zone, "path": the dark ones as an SVG path}. Bytes as they are,
 * level M. ERR_TOO_LARGE: more than a code of that level holds. */
MUST_USE enum err_code qr_model(struct arena *a, struct str text, struct json **ret,
	struct err *e);

#endif
