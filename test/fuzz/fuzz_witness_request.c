/* fuzz_witness_request.c - a request that is taken is written back to the same bytes, and none
 * moves a witness on from a tree that the fuzzer does not know. */
#include <stdint.h>

#include "base/scoped.h"
#include "tlog/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The log of the seeds. */
static const char log_vkey[] =
	"sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
	"+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str body = { (const char *)data, size };
	struct witness_state state = { .size = 1, .root = { { 7 } } };
	struct witness_request r;
	struct checkpoint c;
	struct note_key k;
	struct note n;
	struct err e = { 0 };

	if (size == 0)
		return 0;
	key_library_init();
	arena_init(&a, 1048576);
	if (witness_request_parse(&a, body, &r, &e) != ERR_OK)
		return 0;
	buf_init(&b, size);
	CHECK(witness_request_put(&b, &r, &e) == ERR_OK);
	CHECK(str_eq(buf_str(&b), body));
	CHECK(note_vkey_parse(&a, str_of(log_vkey), &k, &e) == ERR_OK);
	CHECK(witness_check(&a, &r, &k, &state, &state, &n, &c, &e) != ERR_OK);
	CHECK(state.size == 1);
	return 0;
}
