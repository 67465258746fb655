/* design.h - the page of all parts of the pages: colours as app.css has them, with their contrast.
 *
 * Is:      a model made of the style sheet itself, so that the page cannot say otherwise; pure.
 */
#ifndef HUREN_WEB_DESIGN_H
#define HUREN_WEB_DESIGN_H

#include "base/json.h"

/* Relative contrast of two colours "#rrggbb" (WCAG 2.2), 1 to 21. Other texts give 0. */
double design_contrast(struct str one, struct str other);
/* {"sides": [{"side"}], "colours": [{"colour","light","dark"}], "pairs": [{"text","ground","light",
 * "dark","least","edge","holds"}], "verdicts", "outcomes", "states", "request_states",
 * "peer_states"} of the style sheet's text. ERR_INVALID: a colour is missing. */
MUST_USE enum err_code design_new(struct arena *a, struct str css, struct json **ret,
	struct err *e);

#endif
