/* fuzz_mapping.c - any JSON as a mapping: refused with a sentence, or every signal is found by its
 * name and every unit can be read. */
#include <stdint.h>

#include "base/scoped.h"
#include "evidence/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct json *doc;
	struct mapping m;
	struct unit unit;
	struct err e = { 0 };

	arena_init(&a, 4194304);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &doc, &e) != ERR_OK)
		return 0;
	if (mapping_parse(&a, doc, &m, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return 0;
	}
	CHECK(m.signal_count > 0);
	CHECK(m.text.delimiter != ',' || m.text.decimal != ',');
	CHECK(m.text.units_row == 0 || m.text.units_row > m.text.header_row);
	for (uint32_t i = 0; i < m.signal_count; i++) {
		CHECK(mapping_signal(&m, m.signals[i].signal) == &m.signals[i]);
		CHECK(unit_parse(m.signals[i].unit, &unit, &e) == ERR_OK);
	}
	return 0;
}
