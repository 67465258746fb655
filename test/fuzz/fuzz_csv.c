/* fuzz_csv.c - any text, under a layout and signs its first byte chooses: what is listed can be
 * read, rows have no infinities, and blocks of other sizes give the same. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "collect.h"
#include "evidence/csv.h"
#include "evidence/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct evidence_format csv = { "csv", csv_recognises, csv_list, csv_read };

static struct mapping mapping_of(uint8_t choice)
{
	static const char delimiters[] = { 0, ',', ';', ' ' };
	struct mapping m = { .text = { .layout = (enum mapping_layout)(choice & 3),
		.delimiter = delimiters[choice >> 2 & 3] } };

	if (choice & 16)
		m.text.decimal = m.text.delimiter == ',' ? '.' : ',';
	if (choice & 32) {
		m.text.header_row = choice & 64 ? 0 : 2;
		m.text.units_row = choice & 64 ? 0 : 3;
		m.text.first_data_row = choice & 64 ? 1 : 4;
	}
	if (choice & 128) {
		m.text.time_channel = choice & 64 ? STR("1") : STR("t");
		m.text.time_unit = STR("ms");
	}
	return m;
}

static void check_same(const struct collect *c, const struct collect *again)
{
	CHECK(c->note_count == again->note_count);
	for (uint32_t w = 0; w < c->wanted_count; w++) {
		uint64_t rows = c->groups[0].rows;
		CHECK(again->groups[0].rows == rows);
		CHECK(c->columns[w].label_count == again->columns[w].label_count);
		for (uint64_t i = 0; i < rows; i++) {
			double x = c->columns[w].values[i], y = again->columns[w].values[i];
			CHECK(!isinf(x));
			CHECK(isnan(x) ? isnan(y) : x == y);
			CHECK(c->groups[0].times[i] == again->groups[0].times[i]);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_listing listing;
	struct collect *c, *again;
	struct evidence_file file;
	struct mapping m;
	struct err e = { 0 };

	if (size == 0)
		return 0;
	arena_init(&a, 64 << 20);
	c = ARENA_NEW(&a, struct collect);
	again = ARENA_NEW(&a, struct collect);
	m = mapping_of(data[0]);
	file = collect_bytes("a", (struct str){ (const char *)data + 1, size - 1 });
	if (!csv_recognises(&file))
		return 0;
	if (collect_file(c, &a, &csv, &file, &m, &listing, NULL, 2, &e) != ERR_OK) {
		CHECK(e.message[0] != '\0');
		return 0;
	}
	if (collect_file(again, &a, &csv, &file, &m, &listing, NULL, 7, &e) == ERR_OK)
		check_same(c, again);
	return 0;
}
