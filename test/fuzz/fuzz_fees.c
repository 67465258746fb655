/* fuzz_fees.c - prices and tables of fees: what holds can be shown and read back. */
#include <stdlib.h>

#include "matching/fees.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_price(struct arena *a, struct str text)
{
	uint64_t fen = 0, again = 0;

	if (fee_price_parse(text, &fen, NULL) != ERR_OK)
		return;
	if (fen > FEE_FEN_MAX ||
		fee_price_parse(fee_price_text(a, fen), &again, NULL) != ERR_OK || again != fen)
		abort();
}

static void check_table(struct arena *a, struct str text)
{
	struct fee_time time = { .minutes = 7, .days = 3 };
	struct json *v = NULL;
	const char *wrong;

	if (json_parse(a, text, &v, NULL) != ERR_OK)
		return;
	wrong = fees_wrong(v);
	if (!wrong && (json_count(v) == 0 || json_count(v) > LIMIT_LISTING_FEES))
		abort();
	if (!fees_model(a, v, &time))
		return; /* no room */
	for (size_t i = 0; !wrong && i < json_count(v); i++) {
		uint64_t fen = (uint64_t)json_number_or(json_get(json_at(v, i), "fen"), -1);
		struct fee_amount amount = fee_amount(FEE_HOUR, fen, time);
		if (amount.known && (amount.fen * 60 < fen * 7 || amount.fen * 60 >= fen * 7 + 60))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena a;

	arena_init(&a, (size_t)1 << 20);
	check_price(&a, text);
	check_table(&a, text);
	arena_clear(&a);
	return 0;
}
