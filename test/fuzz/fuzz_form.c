/* fuzz_form.c - what strangers type: a place to go on to stays here, an address is one, a code is
 * read to its sixteen characters or not at all. */
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "crypto/password.h"
#include "crypto/secret.h"
#include "crypto/totp.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, code, address;
	SCOPED_ARENA a = { 0 };
	uint64_t step = 0;

	arena_init(&a, 1048576);
	if (form_next_is_safe(text)) {
		CHECK(text.at[0] == '/');
		CHECK(!memchr(text.at, '\r', text.len));
		CHECK(!memchr(text.at, '\n', text.len));
		CHECK(text.len == 1 || (text.at[1] != '/' && text.at[1] != '\\'));
	}
	address = form_address(&a, STR("127.0.0.1"), text, true);
	CHECK(address.len >= 2 && address.len < 46);
	code = secret_code_read(&a, text);
	CHECK(!code.at || code.len == SECRET_CODE_CHARS);
	if (totp_accepts(STR("12345678901234567890"), text, 1111111111, 0, &step))
		CHECK(step > 0);
	CHECK(!form_token_holds(&a, STR("secret"), text));
	(void)password_judge(text, STR("name"));
	return 0;
}
