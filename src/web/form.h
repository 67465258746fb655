/* form.h - the small rules of forms and of addresses given by others. Pure. */
#ifndef HUREN_WEB_FORM_H
#define HUREN_WEB_FORM_H

#include "base/err.h"
#include "base/str.h"

/* The CSRF token that belongs to a cookie's secret: who cannot read the cookie cannot make it.
 * at == NULL at the arena's cap. */
struct str form_token(struct arena *a, struct str secret);
bool form_token_holds(struct arena *a, struct str secret, struct str given);
/* The error of a form without the right token, in words for people too; returns its code. */
MUST_USE enum err_code form_not_ours(struct err *e);
/* A place to go on to: a path of this node, printable, so that it can neither lead to another host
 * nor end a header. */
bool form_next_is_safe(struct str next);
/* The address a request came from: the last one a proxy added to X-Forwarded-For, when `peer` is
 * this machine and `behind_proxy`; else `peer`. */
struct str form_address(struct arena *a, struct str peer, struct str forwarded, bool behind_proxy);

#endif
