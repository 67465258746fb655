/* form.c - see form.h. */
#include "web/form.h"

#include <arpa/inet.h>

#include "base/encode.h"
#include "crypto/secret.h"

struct str form_token(struct arena *a, struct str secret)
{
	struct digest d = secret_digest("csrf", secret);

	return base64url_new(a, d.at, DIGEST_BYTES);
}

bool form_token_holds(struct arena *a, struct str secret, struct str given)
{
	struct str right = form_token(a, secret);

	return secret.len > 0 && right.at && secret_eq(right, given);
}

enum err_code form_not_ours(struct err *e)
{
	(void)err_set(e, ERR_DENIED, "the form is not one this node gave to you, or is too old");
	(void)err_hint(e, "Open the page again and send it anew; cookies must be allowed.");
	return err_word(e, "form-old");
}

bool form_next_is_safe(struct str next)
{
	if (next.len == 0 || next.len > 512 || next.at[0] != '/' ||
		(next.len > 1 && next.at[1] == '/'))
		return false;
	for (size_t i = 0; i < next.len; i++)
		if (next.at[i] <= ' ' || next.at[i] >= 0x7f || next.at[i] == '\\')
			return false;
	return true;
}

static bool is_address(struct arena *a, struct str s)
{
	struct in6_addr room;
	const char *text = s.len < INET6_ADDRSTRLEN ? str_z(a, s) : NULL;

	return text && (inet_pton(AF_INET, text, &room) == 1 ||
		inet_pton(AF_INET6, text, &room) == 1);
}

struct str form_address(struct arena *a, struct str peer, struct str forwarded, bool behind_proxy)
{
	struct str last = STR("");

	if (!behind_proxy || (!str_starts(peer, "127.") && !str_is(peer, "::1")))
		return peer;
	while (forwarded.at)
		last = str_trim(str_cut(&forwarded, ','));
	return last.len > 0 && is_address(a, last) ? last : peer;
}
