/* test_mdf_hostile.c - MDF files made to harm: circles, lengths past the end, bombs, deep nesting,
 * counts without end, and every small damage to a good file. */
#include "base/limits.h"
#include "evidence/mdf.h"

#include "collect.h"
#include "mdf_fixture.h"

#define SMALL_ARENA (64u << 20)
/* Flipping every bit of four files takes seconds; of all kinds is what the fuzz target is for. */

static struct arena arena;      /* of what is read now */

/* In memory of exactly its size, so that a sanitizer sees a byte read past it. */
static enum err_code read_exact(const void *bytes, size_t len, struct err *e)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct evidence_file f = { .name = STR("hostile.mf4"), .at = copy, .size = len };
	struct evidence_listing l;
	struct channel_table t;
	enum err_code code;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	arena_reset(&arena);
	code = collect_all(&arena, &f, &l, &t, e);
	free(copy);
	return code;
}

static enum err_code no_frame(void *context, const struct can_frame *f, struct err *e)
{
	(void)context, (void)f, (void)e;
	return ERR_OK;
}

static void expect(const struct buf *b, enum err_code want, const char *words)
{
	struct err e = { 0 };

	assert_int_equal(read_exact(b->at, b->len, &e), want);
	if (words && !strstr(e.message, words))
		fail_msg("\"%s\" does not say \"%s\"", e.message, words);
}

static void set_u64(struct buf *b, size_t at, uint64_t v)
{
	assert_true(at + 8 <= b->len);
	memcpy(b->at + at, &v, 8);
}

/* Where the n-th block of a kind begins. */
static size_t block(const struct buf *b, const char *id, int n)
{
	struct str rest = buf_str(b);
	size_t from = 0;

	for (;; n--) {
		size_t at = str_find(rest, str_of(id));
		assert_true(at != SIZE_MAX);
		from += at;
		if (n == 0)
			return from;
		from += 4;
		rest = str_skip(rest, at + 4);
	}
}

/* ---- files ----------------------------------------------------------------------------------- */

static const double keys[] = { 1, 2 };
static const struct mdf_write_ref word_refs[] = { { .text = "one" }, { .text = "two" },
	{ .text = "else" } };
static const struct mdf_write_conversion states = { .type = 7, .value_count = 2, .values = keys,
	.ref_count = 3, .refs = word_refs };
static const struct mdf_write_channel value_channels[] = { TIME_CHANNEL,
	{ .name = "state", .unit = "1", .bit_count = 8, .byte_offset = 8, .conversion = &states },
	{ .name = "frame", .data_type = 10, .bit_count = 16, .byte_offset = 8, .part_count = 1 },
	{ .name = "frame.part", .bit_count = 5, .bit_offset = 3, .byte_offset = 9, .flags = 2 } };
static const struct mdf_write_channel text_channels[] = { TIME_CHANNEL,
	{ .name = "word", .type = 1, .data_type = 7, .bit_count = 64, .byte_offset = 8,
		.stream_group = 3 } };

/* Sorted with a conversion, a composition and invalidation bits; or interleaved with texts. */
static void small_file(struct buf *b, struct mdf_write_storage storage, bool interleaved)
{
	static uint8_t rows[6 * 11], texts[3 * 16];
	static const uint8_t stream[] = { 1, 0, 0, 0, 'a', 0, 0, 0, 0, 2, 0, 0, 0, 'b', 'c' };
	static const uint64_t offsets[] = { 0, 5, 9 };
	struct mdf_write_group groups[3] = {
		{ .name = "values", .record_id = 1, .record_bytes = 10, .inval_bytes = 1, .rows = 6,
			.records = rows, .channel_count = 4, .channels = value_channels },
		{ .name = "texts", .record_id = 2, .record_bytes = 16, .rows = 3, .records = texts,
			.channel_count = 2, .channels = text_channels },
		{ .record_id = 3, .flags = 1, .rows = 3, .records = stream } };
	struct mdf_write_data d = { .id_bytes = interleaved ? 1 : 0,
		.group_count = interleaved ? 3 : 1, .groups = groups, .storage = storage };

	for (int i = 0; i < 6; i++) {
		put_f64(rows + 11 * i, i);
		rows[11 * i + 8] = (uint8_t)i;
		rows[11 * i + 10] = i == 4;
	}
	for (int i = 0; i < 3; i++) {
		put_f64(texts + 16 * i, i);
		put_u64(texts + 16 * i + 8, offsets[i]);
	}
	buf_init(b, FILE_MAX);
	(void)write_data(b, &d, 420);
}

static const struct mdf_write_storage storages[] = { { .container = MDF_DT },
	{ .container = MDF_DL, .block_bytes = 25, .list_blocks = 2 },
	{ .container = MDF_HL_DL_DZ, .zip = MDF_DEFLATE_TRANSPOSED, .block_bytes = 22 },
	{ .container = MDF_LD, .zip = MDF_DEFLATE, .block_bytes = 22, .list_blocks = 2 },
	{ .container = MDF_DL_DZ, .zip = MDF_ZSTD, .block_bytes = 40 },
	{ .container = MDF_DZ, .zip = MDF_LZ4 } };
#define STORAGES (sizeof(storages) / sizeof(storages[0]))

static void mdf_files_cut_off_anywhere_are_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * STORAGES; i++) {
		SCOPED_BUF b = { 0 };
		struct err e = { 0 };
		if (i >= STORAGES && storages[i - STORAGES].container == MDF_LD)
			continue;
		small_file(&b, storages[i % STORAGES], i >= STORAGES);
		must(read_exact(b.at, b.len, &e), &e);
		for (size_t len = 0; len < b.len; len++) {
			enum err_code code = read_exact(b.at, len, &e);
			assert_true(code == ERR_OK || code == ERR_INVALID ||
				code == ERR_UNSUPPORTED);
			/* The header and the groups stand behind one another. */
			assert_true(len > 168 || code != ERR_OK);
		}
	}
}

/* All bits of the heads and links of all blocks, and of everything else. */
static void mdf_flipped_bits_are_survived(void **state)
{
	(void)state;
	for (size_t i = 1; i <= STORAGES; i += i < 3 ? 1 : 3) {
		SCOPED_BUF b = { 0 };
		SCOPED_ARENA a = { 0 };
		small_file(&b, storages[i % STORAGES], i >= STORAGES);
		arena_init(&a, SMALL_ARENA);
		for (size_t bit = 0; bit < b.len * 8; bit++) {
			struct evidence_file f = file_of(buf_str(&b));
			uint32_t groups;
			struct err e = { 0 };
			enum err_code code;
			b.at[bit / 8] = (char)(b.at[bit / 8] ^ (1 << bit % 8));
			code = read_exact(b.at, b.len, &e);
			assert_true(code == ERR_OK || code == ERR_INVALID ||
				code == ERR_UNSUPPORTED || code == ERR_TOO_LARGE);
			arena_reset(&a);
			code = mdf_read_can(&a, &f, no_frame, NULL, NULL, &groups, &e);
			assert_true(code != ERR_INTERNAL);
			b.at[bit / 8] = (char)(b.at[bit / 8] ^ (1 << bit % 8));
		}
	}
}

/* Links and lengths set to what tempts an addition to overflow. */
static void mdf_extreme_links_and_lengths_are_survived(void **state)
{
	static const uint64_t tempting[] = { 0, 1, 8, 23, 24, 63, 64, 0x7fffffff, 0x80000000,
		0xffffffff, 1ull << 61, (1ull << 61) - 3, 1ull << 62, INT64_MAX, 1ull << 63,
		UINT64_MAX - 23, UINT64_MAX - 7, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		SCOPED_BUF b = { 0 };
		small_file(&b, storages[i], storages[i].container == MDF_DT);
		for (size_t at = 64; at + 8 <= b.len; at += 8) {
			uint64_t was;
			memcpy(&was, b.at + at, 8);
			for (size_t k = 0; k < sizeof(tempting) / sizeof(tempting[0]) + 2; k++) {
				struct err e = { 0 };
				enum err_code code;
				set_u64(&b, at, k < 18 ? tempting[k] : k == 18 ? b.len : b.len - 8);
				code = read_exact(b.at, b.len, &e);
				assert_true(code == ERR_OK || code == ERR_INVALID ||
					code == ERR_UNSUPPORTED || code == ERR_TOO_LARGE);
			}
			set_u64(&b, at, was);
		}
	}
}

/* ---- circles --------------------------------------------------------------------------------- */

static void mdf_circles_of_links_are_found(void **state)
{
	static const char *const ids[] = { "##DG", "##CG", "##CN" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		SCOPED_BUF b = { 0 };
		small_file(&b, storages[0], true);
		set_u64(&b, block(&b, ids[i], 0) + 24, block(&b, ids[i], 0));
		expect(&b, ERR_INVALID, "circle");
	}
}

static void expect_note(const struct buf *b, enum note_code code, const char *words)
{
	SCOPED_ARENA a = { 0 };
	struct evidence_file f = file_of(buf_str(b));
	struct evidence_listing l;
	struct channel_table t;
	struct err e = { 0 };

	arena_init(&a, SMALL_ARENA);
	must(collect_all(&a, &f, &l, &t, &e), &e);
	for (uint32_t i = 0; i < t.note_count; i++) {
		if (t.notes[i].code == code &&
			str_find(t.notes[i].text, str_of(words)) != SIZE_MAX)
			return;
	}
	fail_msg("no note says \"%s\"", words);
}

static void mdf_circles_of_data_lists_are_found(void **state)
{
	SCOPED_BUF b = { 0 };
	SCOPED_BUF ld = { 0 };

	(void)state;
	small_file(&b, storages[1], false);
	/* The last list leads back to the first that was written. */
	set_u64(&b, block(&b, "##DL", 0) + 24, block(&b, "##DL", 0));
	set_u64(&b, block(&b, "##CG", 0) + 24 + 48 + 8, UINT64_MAX - 1);
	expect_note(&b, NOTE_BROKEN, "circle");
	small_file(&ld, storages[3], false);
	set_u64(&ld, block(&ld, "##LD", 0) + 24, block(&ld, "##LD", 0));
	set_u64(&ld, block(&ld, "##CG", 0) + 24 + 48 + 8, UINT64_MAX - 1);
	expect_note(&ld, NOTE_BROKEN, "circle");
}

static void mdf_a_conversion_within_itself_is_found(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct evidence_file f;
	struct evidence_listing l;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, SMALL_ARENA);
	small_file(&b, storages[0], false);
	set_u64(&b, block(&b, "##CC", 0) + 24 + 32, block(&b, "##CC", 0));
	f = file_of(buf_str(&b));
	must(evidence_list(&a, &f, NULL, &l, &e), &e);
	assert_false(l.channels[1].readable);
	assert_int_equal(l.notes[0].code, NOTE_BROKEN);
}

static void limit_mdf_depth(void **state)
{
	SCOPED_BUF b = { 0 };
	struct mdf_write_channel nest[LIMIT_MDF_DEPTH + 1];
	uint8_t row[8] = { 0 };
	struct mdf_write_group g = { .record_bytes = 8, .rows = 1, .records = row,
		.channels = nest };
	struct mdf_write_data d = { .group_count = 1, .groups = &g };

	(void)state;
	for (uint32_t i = 0; i <= LIMIT_MDF_DEPTH; i++)
		nest[i] = (struct mdf_write_channel){ .name = "n", .bit_count = 8 };
	g.channel_count = LIMIT_MDF_DEPTH + 1;
	buf_init(&b, FILE_MAX);
	/* Each is the only part of the one before. */
	(void)write_data(&b, &d, 410);
	for (int i = 0; i <= LIMIT_MDF_DEPTH; i++) {
		size_t at = block(&b, "##CN", i);
		uint64_t next;
		memcpy(&next, b.at + at + 24, 8);
		set_u64(&b, at + 24, 0);
		set_u64(&b, at + 32, next);
	}
	expect(&b, ERR_TOO_LARGE, "nested");
	/* Cut the last one off. */
	set_u64(&b, block(&b, "##CN", 1) + 32, 0);
	expect(&b, ERR_OK, NULL);
}

/* ---- bombs and counts ------------------------------------------------------------------------ */

static void mdf_blocks_that_claim_to_unpack_to_too_much_are_refused(void **state)
{
	SCOPED_BUF b = { 0 };
	size_t dz;

	(void)state;
	small_file(&b, (struct mdf_write_storage){ .container = MDF_DZ }, false);
	dz = block(&b, "##DZ", 0) + 24;
	set_u64(&b, dz + 8, 1u << 20);
	expect_note(&b, NOTE_BROKEN, "its method can");
	set_u64(&b, dz + 8, 67);
	expect_note(&b, NOTE_BROKEN, "damaged");
	set_u64(&b, dz + 8, 65);
	expect_note(&b, NOTE_BROKEN, "damaged");
	set_u64(&b, dz + 8, 66);
	set_u64(&b, dz + 16, UINT64_MAX);
	expect_note(&b, NOTE_BROKEN, "shorter");
}

static void limit_mdf_block_bytes(void **state)
{
	SCOPED_BUF b = { 0 };
	size_t dz;

	(void)state;
	small_file(&b, (struct mdf_write_storage){ .container = MDF_DZ }, false);
	dz = block(&b, "##DZ", 0) + 24;
	set_u64(&b, dz + 8, LIMIT_MDF_BLOCK_BYTES + 1);
	expect(&b, ERR_TOO_LARGE, "unpacks");
}

/* A real bomb: zeros that unpack a thousandfold, linked to again and again. */
static void mdf_a_block_linked_to_again_and_again_ends_the_group(void **state)
{
	SCOPED_BUF b = { 0 };
	uint8_t *rows = calloc(1, 1 << 20);
	struct mdf_write_channel time[] = { TIME_CHANNEL };
	struct mdf_write_group g = { .record_bytes = 8, .rows = 1 << 17, .records = rows,
		.channel_count = 1, .channels = time, .cycle_count = UINT64_MAX - 1 };
	struct mdf_write_data d = { .group_count = 1, .groups = &g,
		.storage = { .container = MDF_DL_DZ, .block_bytes = 1 << 16 } };
	size_t dl;
	uint64_t first;

	(void)state;
	buf_init(&b, FILE_MAX);
	(void)write_data(&b, &d, 410);
	free(rows);
	dl = block(&b, "##DL", 0);
	memcpy(&first, b.at + dl + 32, 8);
	for (size_t i = 0; i < 16; i++)
		set_u64(&b, dl + 32 + 8 * i, first);
	/* Each is counted against the file's size, which sixteen of them do not pass ... */
	expect(&b, ERR_OK, NULL);
	/* ... but a list that begins anew without end does. */
	set_u64(&b, dl + 24, dl);
	expect_note(&b, NOTE_BROKEN, "circle");
}

static void mdf_counts_without_end_are_clamped(void **state)
{
	SCOPED_BUF b = { 0 };
	size_t cg;

	(void)state;
	small_file(&b, storages[0], false);
	cg = block(&b, "##CG", 0) + 24 + 48;
	set_u64(&b, cg + 8, 1ull << 63);
	expect_note(&b, NOTE_CLAMPED, "6 records instead of 9223372036854775808");
	/* Records without bytes would never end. */
	set_u64(&b, cg + 24, 0);
	expect(&b, ERR_OK, NULL);
	/* Records longer than the file. */
	set_u64(&b, cg + 24, UINT64_MAX);
	expect(&b, ERR_OK, NULL);
}

/* ---- how much a file may declare ------------------------------------------------------------- */

static enum err_code list_groups(uint32_t groups, uint32_t channels, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct mdf_write_group *all = calloc(groups, sizeof(*all));
	struct mdf_write_channel *each = calloc(channels, sizeof(*each));
	struct mdf_write_data d = { .id_bytes = 4, .group_count = groups, .groups = all };
	struct evidence_listing l;
	struct evidence_file f;
	enum err_code code;

	assert_true(all && each);
	for (uint32_t i = 0; i < channels; i++)
		each[i] = (struct mdf_write_channel){ .bit_count = 8 };
	for (uint32_t i = 0; i < groups; i++)
		all[i] = (struct mdf_write_group){ .record_id = i, .record_bytes = 8,
			.channel_count = channels, .channels = each };
	arena_init(&a, ARENA_CAP);
	buf_init(&b, FILE_MAX);
	f = file_of(write_data(&b, &d, 410));
	code = evidence_list(&a, &f, NULL, &l, e);
	if (code == ERR_OK)
		assert_int_equal(l.channel_count, groups * channels);
	if (code == ERR_OK)
		assert_true(l.note_count <= LIMIT_EVIDENCE_NOTES + 1);
	free(all);
	free(each);
	return code;
}

static void limit_mdf_channels(void **state)
{
	struct err e = { 0 };

	(void)state;
	must(list_groups(64, LIMIT_MDF_CHANNELS / 64, &e), &e);
	assert_int_equal(list_groups(64, LIMIT_MDF_CHANNELS / 64 + 1, &e), ERR_TOO_LARGE);
}

static void limit_mdf_groups(void **state)
{
	struct err e = { 0 };

	(void)state;
	must(list_groups(LIMIT_MDF_GROUPS, 0, &e), &e);
	assert_int_equal(list_groups(LIMIT_MDF_GROUPS + 1, 0, &e), ERR_TOO_LARGE);
}

/* Groups without a time axis are noted one by one up to the limit, then counted. */
static void limit_evidence_notes(void **state)
{
	struct err e = { 0 };

	(void)state;
	must(list_groups(LIMIT_EVIDENCE_NOTES + 10, 0, &e), &e);
}

static void mdf_other_versions_are_named(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	small_file(&b, storages[0], false);
	b.at[28] = 0x4a;
	b.at[29] = 0x01;
	expect(&b, ERR_UNSUPPORTED, "version 3.30");
	b.at[28] = (char)0xff;
	b.at[29] = 0x7f;
	expect(&b, ERR_UNSUPPORTED, "version");
	b.at[28] = (char)0xae; /* 4.30 */
	b.at[29] = 0x01;
	expect_note(&b, NOTE_UNSUPPORTED, "4.30");
}

static int begin(void **state)
{
	(void)state;
	collect_arena(&arena, SMALL_ARENA);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mdf_files_cut_off_anywhere_are_survived),
		cmocka_unit_test(mdf_flipped_bits_are_survived),
		cmocka_unit_test(mdf_extreme_links_and_lengths_are_survived),
		cmocka_unit_test(mdf_circles_of_links_are_found),
		cmocka_unit_test(mdf_circles_of_data_lists_are_found),
		cmocka_unit_test(mdf_a_conversion_within_itself_is_found),
		cmocka_unit_test(limit_mdf_depth),
		cmocka_unit_test(mdf_blocks_that_claim_to_unpack_to_too_much_are_refused),
		cmocka_unit_test(limit_mdf_block_bytes),
		cmocka_unit_test(mdf_a_block_linked_to_again_and_again_ends_the_group),
		cmocka_unit_test(mdf_counts_without_end_are_clamped),
		cmocka_unit_test(limit_mdf_channels),
		cmocka_unit_test(limit_mdf_groups),
		cmocka_unit_test(limit_evidence_notes),
		cmocka_unit_test(mdf_other_versions_are_named),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
