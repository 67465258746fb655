/* assets.h - styles, scripts and pictures of the pages, in memory, under names with their hash.
 *
 * "/static/app.css" is served as "/static/app.<first 8 hex of SHA-256>.css", for good (immutable);
 * the plain name answers too, with an ETag. Each is kept as it is and as gzip.
 * Life:    assets_open -> assets_add* -> assets_find (any thread) -> assets_close.
 */
#ifndef HUREN_WEB_ASSETS_H
#define HUREN_WEB_ASSETS_H

#include "base/json.h"

struct asset {
	struct str name;           /* "app.css" */
	const char *url;           /* "/static/app.0123abcd.css" */
	const char *type;
	const char *etag;          /* with quotes */
	struct str bytes;
	struct str gzip;
	struct asset *next;
};
struct assets;

/* Takes every file of the folder. ERR_IO, ERR_TOO_LARGE; ERR_UNSUPPORTED an unknown ending. */
MUST_USE enum err_code assets_open(const char *folder, struct assets **ret, struct err *e);
void assets_close(struct assets *s);
/* One more, made at start. Bytes are copied. */
MUST_USE enum err_code assets_add(struct assets *s, struct str name, struct str bytes,
	struct err *e);
/* By plain name or by the name with its hash; *ret_immutable tells which. NULL: there is none. */
const struct asset *assets_find(const struct assets *s, struct str name, bool *ret_immutable);
/* gzip of level 1 (quick) to 9. ERR_TOO_LARGE (arena), ERR_INTERNAL. */
MUST_USE enum err_code assets_gzip(struct arena *a, struct str bytes, int level, struct str *ret,
	struct err *e);
/* {"app_css": url, ...} for the templates. NULL at the arena's cap. */
struct json *assets_urls(const struct assets *s, struct arena *a);

#endif
