/* fuzz_evaluation_binding.c - any JSON as an evaluation: an item that is filled is bound to it, and
 * the same document compared with itself differs in nothing. */
#include <stdint.h>

#include "base/scoped.h"
#include "recognition/evaluation_binding.h"
#include "recognition/recomputation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL, *item = NULL, *told = NULL, *list;
	struct evaluation_binding binding;
	enum recomputed result;
	struct err e = { 0 };

	if (size == 0)
		return 0;
	arena_init(&a, (size_t)64 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &v, &e) != ERR_OK ||
		evaluation_fill_item(&a, json_new_object(&a), v, &item, &e) != ERR_OK)
		return 0;
	list = json_new_array(&a);
	/* What is named completely is read back. */
	if (evaluation_add_evidence(&a, list, v, &e) == ERR_OK &&
		evaluation_binding_parse(json_get(item, "evaluation"), list, &binding, &e) ==
			ERR_OK)
		CHECK(json_count(binding.runs) == json_count(json_get(v, "runs")));
	struct recomputation_item in = { .item = item, .bound = v, .found = v, .expected = item };
	if (recomputation_item(&a, &in, &told, &result, &e) == ERR_OK)
		CHECK(json_count(json_get(told, "differences")) == 0 ||
			result != RECOMPUTED_IDENTICAL);
	return 0;
}
