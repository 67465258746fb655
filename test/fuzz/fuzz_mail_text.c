/* fuzz_mail_text.c - whatever is in names and subject, a mail has its header fields and no more. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/scoped.h"
#include "service/mail.h"
#include "web/mail_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Header fields up to the empty line. */
static size_t count_fields(struct str rest)
{
	size_t count = 0;

	for (;;) {
		size_t end = str_find(rest, STR("\r\n"));
		CHECK(end != SIZE_MAX);
		CHECK(end <= 998);
		if (end == 0)
			return count;
		for (size_t i = 0; i < end; i++)
			CHECK(rest.at[i] >= ' ' && rest.at[i] <= '~');
		count += rest.at[0] != ' ';
		rest = str_skip(rest, end + 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, address = str_cut(&rest, '|');
	struct str name = rest.at ? str_cut(&rest, '|') : STR("");
	struct mail_text m = { .from_name = name, .from = STR("a@b.example"), .to_name = name,
		.to = mail_address_is_good(address) ? address : STR("c@d.example"),
		.subject = rest.at ? rest : STR(""), .body = rest.at ? rest : STR(""),
		.message = STR("0"), .host = STR("b.example"),
		.unsubscribe = STR("https://b.example/"), .language = "en", .time = (int64_t)size };
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	buf_init(&b, 16u << 20);
	CHECK(mail_text_put(&b, &m, &e) == ERR_OK);
	CHECK(count_fields(buf_str(&b)) == 11);
	return 0;
}
