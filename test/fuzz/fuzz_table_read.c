/* fuzz_table_read.c - an uploaded table: whatever comes, rows of texts within the limits, or an
 * error that says which. */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "service/table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct json *rows;
	struct err e = { 0 };

	arena_init(&a, (size_t)64 << 20);
	if (table_read(&a, (struct str){ (const char *)data, size }, &rows, &e) != ERR_OK) {
		CHECK(e.code == ERR_INVALID || e.code == ERR_TOO_LARGE);
		return 0;
	}
	CHECK(json_count(rows) <= LIMIT_TABLE_ROWS);
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		CHECK(json_count(row) <= LIMIT_TABLE_COLUMNS);
		for (size_t k = 0; k < json_count(row); k++)
			CHECK(json_str(json_at(row, k)).len <= LIMIT_TABLE_CELL_BYTES);
	}
	return 0;
}
