/* view.h - a model as a template sees it, with readable forms beside its values.
 *
 * Is:      a pure walk over a model (doc/models.md) that makes a copy for one language. Beside a
 *          member `x` it puts
 *            x_text, x_minute, x_day   of a time, in China's time (UTC+8, no summer time)
 *            x_text                    of a number (12,345) and of a word from a fixed list
 *            x_is.<word>, x_means      of a word from a fixed list: for sections; what it means
 *            x_text                    of a clause of the law ("ruleClause")
 *            x_path, x_short           of a statement id: its page, its first eight digits
 *            x_brief                   of a long unbroken text (digest, key): its beginning
 *            x_class                   of a colour "#rrggbb": "band-rrggbb"
 *            x_any, x_many, x_count    of an array: not empty, more than one, how many
 *            x_any                     of a number: over zero
 *            x_list                    of a vehicle's hardware: its members as a list
 *          and text in two languages becomes the text in the one asked for.
 * Is not:  seen by `.json`: the twin sends the model itself.
 */
#ifndef HUREN_WEB_VIEW_H
#define HUREN_WEB_VIEW_H

#include "web/catalogue.h"

/* Borrows from the model. ERR_TOO_LARGE: arena or depth. */
MUST_USE enum err_code view_new(struct arena *a, const struct json *model,
	const struct catalogue *c, enum language l, struct json **ret, struct err *e);
/* "#rrggbb", lower-case digits. */
bool view_is_colour(struct str s);

#endif
