/* fuzz_tlog_proof.c - a proof that is taken is written back to the same bytes, and is no proof
 * of an entry that is in no log. */
#include <stdint.h>

#include "base/scoped.h"
#include "tlog/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The keys of the seeds, so that the checks behind the signature are reached. */
static const char policy_text[] =
	"log a.example/log+99092c5d+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\n"
	"witness w b.example/witness+f175be1f+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU\n"
	"quorum w\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str text = { (const char *)data, size };
	struct tlog_proof_found found;
	struct policy *policy = NULL;
	struct tlog_proof p;
	struct err e = { 0 };

	if (size == 0)
		return 0;
	key_library_init();
	arena_init(&a, 1048576);
	if (tlog_proof_parse(&a, text, &p, &e) != ERR_OK)
		return 0;
	buf_init(&b, size);
	CHECK(tlog_proof_put(&b, &p, &e) == ERR_OK);
	CHECK(str_eq(buf_str(&b), text));
	CHECK(policy_parse(&a, str_of(policy_text), &policy, &e) == ERR_OK);
	CHECK(tlog_proof_verify(&a, &p, STR("in no log"), policy, &found, &e) != ERR_OK);
	return 0;
}
