/* fuzz_decide.c - any bytes as the material of a logged decision.
 *
 * Invariants: the outcome is canonical JSON that reads back; deciding again, and with the reports
 *             in the
 * other order, gives the same bytes; a change of standing to what it is affects nothing.
 */
#include <stdlib.h>

#include "base/scoped.h"
#include "recognition/decision_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool outcome(struct arena *a, const struct decide_input *in, struct str *ret)
{
	struct decision d;
	struct json *v;
	struct json *again;
	struct err e;
	if (decide(a, in, &d, &e) != ERR_OK || decide_to_json(a, in, &d, &v, &e) != ERR_OK)
		return false;
	if (json_jcs(a, v, ret, &e) != ERR_OK)
		abort();
	if (json_parse(a, *ret, &again, &e) != ERR_OK && e.code != ERR_TOO_LARGE)
		abort();
	return true;
}

static void check(struct arena *a, struct decide_input *in)
{
	struct decide_report *turned = ARENA_ARRAY(a, struct decide_report, in->report_count);
	struct json *affected;
	struct str first;
	struct str second;
	struct err e;
	if (!turned || !outcome(a, in, &first))
		return;
	for (uint32_t i = 0; i < in->report_count; i++)
		turned[i] = in->reports[in->report_count - 1 - i];
	in->reports = turned;
	if (outcome(a, in, &second) && !str_eq(first, second))
		abort();
	if (in->report_count > 0 &&
		decision_affected(a, in, turned[0].id, turned[0].standing, &affected, &e) ==
			ERR_OK &&
		json_count(json_get(affected, "items")) > 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a;
	struct decide_input in;
	struct rules *rules;
	struct err e;
	arena_init(&a, 64 << 20);
	struct str text = { (const char *)data, size };
	if (decide_from_json(&a, text, &in, &rules, &e) != ERR_OK)
		return 0;
	check(&a, &in);
	rules_close(rules);
	return 0;
}
