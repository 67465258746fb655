/* fuzz_fsck_receipt.c - the checker's reading of receipts against the node's own: both accept the
 * same bytes, and what the checker accepts it writes again to the byte.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "credential/receipt.h"
#include "fsck/fsck_claim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA arena = { 0 };
	SCOPED_BUF again = { 0 };
	struct str bytes = { .at = (const char *)data, .len = size };
	struct fsck_receipt theirs;
	struct receipt ours;
	bool accepted, agreed;

	arena_init(&arena, 4194304);
	accepted = receipt_parse(&arena, bytes, &ours, NULL) == ERR_OK;
	agreed = fsck_receipt_parse(&arena, bytes, &theirs, NULL) == ERR_OK;
	if (accepted)
		CHECK(agreed);
	if (!agreed)
		return 0;
	buf_init(&again, LIMIT_RECEIPT_BYTES);
	CHECK(fsck_receipt_put(&again, &theirs, NULL) == ERR_OK);
	CHECK(str_eq(buf_str(&again), bytes));
	if (!accepted)
		return 0; /* the node refuses more: it knows what a DID may look like */
	CHECK(digest_eq(&ours.digest, &theirs.digest));
	CHECK(memcmp(ours.id_key, theirs.id_key, sizeof(ours.id_key)) == 0);
	CHECK((int)ours.kind == (int)theirs.kind);
	CHECK((int)ours.disclosure == theirs.disclosure);
	CHECK(str_eq(ours.issuer, theirs.issuer));
	CHECK(ours.time == theirs.time);
	return 0;
}
