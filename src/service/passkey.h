/* passkey.h - passkeys as second factor: adding, removing, signing in.
 *
 * Is:      WebAuthn's two ceremonies around crypto/webauthn.h: the challenge, whose passkey it is,
 *          its counter, its lines in the audit trail.
 * Is not:  a way around the password, nor in place of the authenticator's code: that stays as what
 *          works without a script.
 * I1  A challenge is good for one session, one purpose, LIMIT_PASSKEY_CHALLENGE_S seconds, and one
 *     answer, right or wrong; whoever shows a page writes nothing for it.
 * I2  A counter that does not go up (unless it never did) is refused.
 */
#ifndef HUREN_SERVICE_PASSKEY_H
#define HUREN_SERVICE_PASSKEY_H

#include "service/account.h"

/* Can this node have passkeys at all? By its address (webauthn_place). */
bool service_passkeys_possible(struct service *s);
/* What the browser is to be told, NULL when there is nothing to offer: {"challenge","rp_id",
 * "user_id","user","display","node","credentials":[{"id"}]}. STAGE_CODE: to sign in; STAGE_FULL: to
 * add one. */
MUST_USE enum err_code service_passkey_options(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
/* [{"passkey","name","created","used"?}] */
MUST_USE enum err_code service_passkeys(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
/* One of them. ERR_NOT_FOUND. */
MUST_USE enum err_code service_passkey(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);

/* All as the form gives them, base64url but for the name. */
struct passkey_form {
	struct str name, challenge, client_data, attestation;
};
/* ERR_INVALID with *ret_problems. */
MUST_USE enum err_code service_passkey_add(struct service *s, struct arena *a,
	const struct account_who *by, const struct passkey_form *form, struct json **ret_problems,
	struct err *e);
/* Other sessions end. ERR_NOT_FOUND; ERR_CONFLICT: it is the last factor. */
MUST_USE enum err_code service_passkey_remove(struct service *s, const struct account_who *by,
	int64_t id, struct err *e);

struct passkey_answer {
	struct str challenge, credential, client_data, authenticator_data, signature;
};
/* As service_sign_in_code: ERR_DENIED; ERR_BUSY; ERR_NOT_FOUND (the session ended). */
MUST_USE enum err_code service_sign_in_passkey(struct service *s, struct arena *a,
	const struct account_who *by, const struct passkey_answer *answer, struct signed_in *ret,
	struct err *e);

#endif
