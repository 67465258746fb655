/* fuzz_rules.c - any bytes as each kind of rules file: refused, or found by digest. */
#include <stdlib.h>

#include "recognition/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "schema/a.json", "clauses.json", "schemes/a.json",
		"agreements/a.json", "criteria/a.criteria", "mappings/a.json", "calendar/a.json",
		"clocks/a.json" };
	struct str bytes = { (const char *)data, size };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct rules *r;
		struct err e;
		if (rules_open(32 << 20, &r, &e) != ERR_OK)
			abort();
		if (rules_add_file(r, names[i], bytes, &e) == ERR_OK) {
			const struct rules_file *f = rules_files(r);
			if (!f || rules_file_by_digest(r, &f->digest) != f)
				abort();
		} else if (!str_is_utf8(str_of(e.message))) {
			abort();
		}
		if (rules_finish(r, &e) != ERR_OK && !str_is_utf8(str_of(e.message)))
			abort();
		rules_close(r);
	}
	return 0;
}
