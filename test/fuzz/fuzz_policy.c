/* fuzz_policy.c - a policy that is taken has its shape: members before their groups, one parent
 * each, thresholds within; and an unsigned note meets no quorum that wants somebody. */
#include <stdint.h>

#include "base/scoped.h"
#include "tlog/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_group(const struct policy *p, uint32_t i, uint32_t *parents)
{
	const struct policy_member *m = &p->members[i];

	CHECK(m->member_count >= 1);
	CHECK(m->threshold >= 1);
	CHECK(m->threshold <= m->member_count);
	for (uint32_t k = 0; k < m->member_count; k++) {
		CHECK(m->members[k] < i);
		CHECK(p->members[m->members[k]].has_parent);
		CHECK(++parents[m->members[k]] == 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct note n = { .text = STR("text\n") };
	uint32_t parents[LIMIT_POLICY_ENTRIES] = { 0 }, witnesses = 99;
	struct policy *p = NULL;
	bool met = false;
	uint64_t time = 99;
	struct err e = { 0 };

	arena_init(&a, 1048576);
	if (policy_parse(&a, (struct str){ (const char *)data, size }, &p, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return 0;
	}
	CHECK(p->log_count <= LIMIT_POLICY_ENTRIES);
	CHECK(p->member_count <= LIMIT_POLICY_ENTRIES);
	CHECK(p->quorum_none || p->quorum < p->member_count);
	for (uint32_t i = 0; i < p->member_count; i++) {
		CHECK(p->members[i].name.len > 0);
		if (p->members[i].is_group)
			check_group(p, i, parents);
		else
			CHECK(p->members[i].key.sig_type == NOTE_COSIGNATURE);
	}
	CHECK(policy_check(p, &n, &met, &witnesses, &time, &e) == ERR_OK);
	CHECK(met == p->quorum_none);
	CHECK(witnesses == 0);
	CHECK(time == 0);
	return 0;
}
