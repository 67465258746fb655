/* fuzz_tus.c - headers of the tus protocol, and a form that comes in pieces: whatever is read of it
 * is what the whole form says, wherever it is cut. */
#include <stdint.h>

#include "base/scoped.h"
#include "form_gather.h"
#include "web/tus.h"

static void check_form(struct arena *a, struct str body, size_t step)
{
	struct multipart whole, streamed;
	enum err_code one = multipart_parse(a, body, STR("b"), &whole, NULL);
	enum err_code two = form_gather(a, body, STR("b"), step, &streamed, NULL);

	/* Only that something is wrong must be agreed on: which comes first may differ. */
	CHECK((one == ERR_OK) == (two == ERR_OK));
	if (one != ERR_OK)
		return;
	CHECK(whole.count == streamed.count);
	for (size_t i = 0; i < whole.count; i++) {
		CHECK(str_eq(whole.parts[i].name, streamed.parts[i].name));
		CHECK(str_eq(whole.parts[i].filename, streamed.parts[i].filename));
		CHECK(str_eq(whole.parts[i].body, streamed.parts[i].body));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct tus_metadata m = { .name = { NULL, 0 } };
	struct checksum c = { .kind = CHECKSUM_NONE };
	SCOPED_ARENA a = { 0 };
	uint64_t n = 0;

	arena_init(&a, (size_t)64 << 20);
	if (tus_metadata_read(&a, text, &m, NULL) == ERR_OK) {
		CHECK(size <= LIMIT_UPLOAD_METADATA_BYTES);
		CHECK(!m.name.at || str_is_utf8(m.name));
	}
	if (tus_checksum_read(text, &c, NULL) == ERR_OK)
		CHECK(c.len == checksum_len(c.kind));
	if (tus_number_read(text, "n", &n, NULL) == ERR_OK)
		CHECK(n <= (uint64_t)1 << 53);
	if (size > 0 && size < 16384)
		check_form(&a, str_skip(text, 1), 1 + data[0] % 97);
	return 0;
}
