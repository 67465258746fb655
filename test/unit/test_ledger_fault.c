/* test_ledger_fault.c - a disk that refuses: clean errors, nothing half done, reading goes on, and
 * so does writing once the disk does.
 *
 * The system calls that SQLite and io.c write with are replaced in this program, so that the N-th
 * call, or every call from it on, fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "city.h"
#include "ledger/ledger_inner.h"

/* ---- a disk to order ------------------------------------------------------------------------- */

enum call { CALL_PWRITE, CALL_DATASYNC, CALL_WRITE, CALL_SYNC, CALL_COUNT };
static atomic_int countdown[CALL_COUNT];   /* the call that makes it 0 fails; 0: none does */
static atomic_bool for_good[CALL_COUNT];   /* and all after it */
static atomic_bool nearly_full;

static bool fails(enum call call)
{
	if (atomic_load(&countdown[call]) == 0)
		return false;
	if (atomic_load(&countdown[call]) > 1) {
		atomic_fetch_sub(&countdown[call], 1);
		return false;
	}
	if (!atomic_load(&for_good[call]))
		atomic_store(&countdown[call], 0);
	errno = ENOSPC;
	return true;
}

static void heal(void)
{
	for (int i = 0; i < CALL_COUNT; i++) {
		atomic_store(&countdown[i], 0);
		atomic_store(&for_good[i], false);
	}
	atomic_store(&nearly_full, false);
}

static void break_disk(enum call call, int nth, bool from_then_on)
{
	atomic_store(&for_good[call], from_then_on);
	atomic_store(&countdown[call], nth);
}

#define EXPORTED __attribute__((visibility("default")))
EXPORTED ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at);
EXPORTED int fdatasync(int fd);
EXPORTED int syncfs(int fd);

EXPORTED ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	return fails(CALL_PWRITE) ? -1 : syscall(SYS_pwrite64, fd, bytes, len, at);
}

EXPORTED int fdatasync(int fd)
{
	return fails(CALL_DATASYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

EXPORTED ssize_t write(int fd, const void *bytes, size_t len)
{
	return fd > 2 && fails(CALL_WRITE) ? -1 : syscall(SYS_write, fd, bytes, len);
}

EXPORTED int syncfs(int fd)
{
	return fails(CALL_SYNC) ? -1 : (int)syscall(SYS_syncfs, fd);
}

EXPORTED int statvfs(const char *path, struct statvfs *ret)
{
	(void)path;
	memset(ret, 0, sizeof(*ret));
	ret->f_frsize = 4096;
	ret->f_bavail = atomic_load(&nearly_full) ? 10 : 1 << 20;
	return 0;
}

/* ---- a city on it ---------------------------------------------------------------------------- */

static struct city city;
static struct arena arena;
static struct err e;

static int open_city(void **state)
{
	(void)state;
	heal();
	arena_init(&arena, 512 << 20);
	city_init(&city, "yongchuan.huren.example", 10);
	city_open(&city);
	city_found(&city);
	return 0;
}

static int close_city(void **state)
{
	(void)state;
	heal();
	city_clear(&city);
	arena_clear(&arena);
	return 0;
}

/* The tree is that of the statements, and of the checkpoint. */
static uint64_t check_log(void)
{
	struct note *note = ARENA_NEW(&arena, struct note);
	struct merkle_range range;
	struct checkpoint c;
	struct digest root;
	struct str text;
	uint64_t size;

	assert_int_equal(ledger_checkpoint(city.ledger, &arena, &text, &size, NULL), ERR_OK);
	assert_int_equal(checkpoint_open(&arena, text, ledger_note_key(city.ledger), note, &c,
		NULL),
		ERR_OK);
	merkle_range_init(&range);
	for (uint64_t i = 0; i < size; i++) {
		struct ledger_found found;
		struct digest leaf;
		assert_int_equal(ledger_entry(city.ledger, &arena, STR(""), i, &found, NULL),
			ERR_OK);
		leaf = digest_sha256_leaf(found.receipt_bytes);
		merkle_range_append(&range, &leaf);
	}
	root = merkle_range_root(&range);
	assert_true(digest_eq(&root, &c.root));
	return size;
}

static struct str small(void)
{
	return city_decision(&city, &arena);
}

/* One whose rows do not fit into what the WAL takes in one write. */
static struct str large(void)
{
	struct json *subject = json_new_object(&arena);
	char *words = arena_alloc(&arena, 240001);

	assert_non_null(words);
	memset(words, 'x', 240000);
	json_set_text(&arena, subject, "id", "did:web:applicant.example");
	json_set_text(&arena, subject, "remark", words);
	json_set_text(&arena, subject, "type", "RecognitionDecision");
	return city_statement(&city, &arena, KIND_DECISION, &city.node, subject);
}

/* Lets each of the first calls fail once; a statement is in the log or it is not, and the submitter
 * knows: one that failed is submitted again and gets an index. */
static uint32_t fail_each(enum call call, int calls, struct str (*make)(void))
{
	uint32_t failures = 0;

	for (int nth = 1; nth <= calls; nth++) {
		struct str text = make();
		uint64_t size = check_log();
		enum err_code code;
		break_disk(call, nth, false);
		code = city_try(&city, text, &e);
		heal();
		if (code != ERR_OK) {
			assert_int_equal(code, ERR_IO);
			assert_true(e.message[0] != '\0');
			assert_int_equal(check_log(), size);
			failures++;
		}
		assert_int_equal(city_publish(&city, text), size);
		assert_int_equal(check_log(), size + 1);
	}
	city_close(&city);
	city_open(&city);
	(void)check_log();
	return failures;
}

static void fault_in_a_write_of_the_database_undoes_the_batch(void **state)
{
	(void)state;
	assert_true(fail_each(CALL_PWRITE, 4, small) >= 1);
	assert_true(fail_each(CALL_PWRITE, 8, large) >= 3);
}

static void fault_in_a_sync_of_the_database_undoes_the_batch(void **state)
{
	(void)state;
	assert_true(fail_each(CALL_DATASYNC, 3, small) >= 1);
}

static void fault_for_good_leaves_a_node_that_reads(void **state)
{
	struct str text = city_decision(&city, &arena);
	struct ledger_found found;

	(void)state;
	break_disk(CALL_PWRITE, 1, true);
	assert_int_equal(city_try(&city, text, &e), ERR_IO);
	assert_int_equal(city_try(&city, text, &e), ERR_IO);
	assert_int_equal(check_log(), 3);
	assert_int_equal(ledger_entry(city.ledger, &arena, STR(""), 2, &found, &e), ERR_OK);
	heal();
	assert_int_equal(city_publish(&city, text), 3);
	assert_int_equal(check_log(), 4);
}

static void fault_does_not_spoil_keys_and_accreditations(void **state)
{
	struct sample_party new_lab = sample_party(&city.arena, city.lab.did, "Sample lab", 77);
	struct str document = city_did_document(&city, &arena, &new_lab, 2, &city.node);
	struct str report = city_report(&city, &arena, 1);

	(void)state;
	break_disk(CALL_DATASYNC, 1, true);
	assert_int_equal(city_try(&city, document, &e), ERR_IO);
	heal();
	assert_int_equal(city_publish(&city, report), 3); /* by the key that still counts */
	assert_int_equal(city_publish(&city, document), 4);
	assert_int_equal(city_try(&city, city_report(&city, &arena, 1), &e), ERR_DENIED);
}

static void limit_disk_free_bytes(void **state)
{
	struct ledger_figures f;
	enum err_code last;

	(void)state;
	/* The writer looks after it has answered: after this one, or still after those before. */
	atomic_store(&nearly_full, true);
	last = city_try(&city, city_decision(&city, &arena), &e);
	assert_true(last == ERR_OK || last == ERR_BUSY);
	do {
		(void)usleep(1000);
		ledger_figures(city.ledger, &f);
	} while (!f.disk_low);
	assert_int_equal(city_try(&city, city_decision(&city, &arena), &e), ERR_BUSY);
	assert_string_equal(e.message,
		"node refuses new statements: disk nearly full, 40960 bytes free");
	assert_true(e.hint[0] != '\0');
	heal();
	assert_int_equal(city_publish(&city, city_decision(&city, &arena)),
		last == ERR_OK ? 4 : 3);
}

/* ---- tile files ------------------------------------------------------------------------------ */

static void count_done(struct publication *p)
{
	atomic_uint *counts = p->context;

	atomic_fetch_add(&counts[p->err.code == ERR_OK ? 0 : 1], 1);
}

/* Submits `count` decisions at once; counts[0] of them succeed, counts[1] do not. */
static void submit_many(uint32_t count, atomic_uint counts[2])
{
	struct publication *all;
	struct arena a;

	arena_init(&a, 512 << 20);
	all = ARENA_ARRAY(&a, struct publication, count);
	counts[0] = counts[1] = 0;
	for (uint32_t i = 0; i < count; i++) {
		all[i] = (struct publication){ .arena = &a, .done = count_done, .context = counts };
		assert_int_equal(ledger_prepare_unchecked(city.ledger, &all[i],
			city_decision(&city, &a), &e), ERR_OK);
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(ledger_publish(city.ledger, &all[i], &e), ERR_OK);
	while (counts[0] + counts[1] < count)
		(void)usleep(1000); /* a signal only shortens it */
	arena_clear(&a);
}

static struct ledger_figures figures(void)
{
	struct ledger_figures f;

	ledger_figures(city.ledger, &f);
	return f;
}

static void fault_in_tile_files_is_told_and_made_good(void **state)
{
	struct tile_id t = { .width = TILE_WIDTH };
	atomic_uint counts[2];
	struct str tile;

	(void)state;
	break_disk(CALL_WRITE, 1, true);
	submit_many(600, counts);
	assert_int_equal(counts[0], 600); /* the log does not wait for the files */
	while (!figures().files_problem[0])
		(void)usleep(1000); /* the filer tries in its own time */
	assert_non_null(strstr(figures().files_problem, "could not write file \""));
	assert_int_equal(figures().files_size, 0);
	assert_int_equal(ledger_tile(city.ledger, &arena, STR(""), &t, false, &tile, NULL, &e),
		ERR_OK); /* out of memory meanwhile */
	heal();
	while (figures().files_size < 512)
		(void)usleep(10000); /* it tries again by itself */
	assert_string_equal(figures().files_problem, "");
	(void)check_log();
}

static void fault_in_a_sync_of_files_counts_nothing_as_durable(void **state)
{
	atomic_uint counts[2];

	(void)state;
	break_disk(CALL_SYNC, 1, false);
	submit_many(300, counts);
	while (figures().files_size < 256)
		(void)usleep(10000); /* the second try */
	city_close(&city);
	city_open(&city);
	assert_int_equal(check_log(), 303);
}

static void fault_in_tile_files_stops_the_log_before_memory_is_full(void **state)
{
	uint32_t accepted = 0;
	atomic_uint counts[2];

	(void)state;
	break_disk(CALL_WRITE, 1, true);
	do {
		submit_many(2000, counts);
		accepted += counts[0];
		assert_true(accepted <= (EDGE_LEAF_TILES + 1) * TILE_WIDTH);
	} while (counts[1] == 0);
	assert_true(accepted >= EDGE_LEAF_TILES * TILE_WIDTH - LIMIT_WRITER_BATCH);
	assert_int_equal(city_try(&city, city_decision(&city, &arena), &e), ERR_IO);
	assert_non_null(strstr(e.message, "could not write file \""));
	heal();
	while (figures().files_size == 0)
		(void)usleep(10000); /* the filer tries again by itself */
	(void)city_publish(&city, city_decision(&city, &arena));
	city_close(&city);
	city_open(&city);
	assert_int_equal(figures().size, 3 + accepted + 1);
}

/* ---- mirrors --------------------------------------------------------------------------------- */

static void fault_in_a_mirror_leaves_the_copy_as_it_was(void **state)
{
	static const enum call calls[] = { CALL_PWRITE, CALL_DATASYNC, CALL_WRITE, CALL_SYNC };
	struct ledger_mirror_state now;
	atomic_uint counts[2];
	struct city other;

	(void)state;
	city_init(&other, "longquanyi.huren.example", 40);
	city_open(&other);
	city_mirror(&city, &other);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct ledger_mirror_batch batch;
		submit_many(300, counts);
		while (figures().size - figures().files_size >= TILE_WIDTH)
			(void)usleep(1000); /* so that only the mirror meets the fault */
		batch = city_batch(&city, &other, &arena, 0);
		break_disk(calls[i], 1, false);
		assert_int_equal(ledger_mirror(other.ledger, &batch, &e), ERR_IO);
		heal();
		assert_int_equal(ledger_mirror_state(other.ledger, &arena, batch.origin, &now, &e),
			ERR_OK);
		assert_int_equal(now.size, batch.first_index);
		assert_int_equal(ledger_mirror(other.ledger, &batch, &e), ERR_OK);
	}
	city_close(&other);
	city_open(&other);
	assert_int_equal(ledger_mirror_state(other.ledger, &arena, ledger_origin(city.ledger), &now,
		&e), ERR_OK);
	assert_int_equal(now.checkpoint_size, 1203);
	city_clear(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_city, close_city)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fault_in_a_write_of_the_database_undoes_the_batch),
		TEST(fault_in_a_sync_of_the_database_undoes_the_batch),
		TEST(fault_for_good_leaves_a_node_that_reads),
		TEST(fault_does_not_spoil_keys_and_accreditations),
		TEST(limit_disk_free_bytes),
		TEST(fault_in_tile_files_is_told_and_made_good),
		TEST(fault_in_a_sync_of_files_counts_nothing_as_durable),
		TEST(fault_in_tile_files_stops_the_log_before_memory_is_full),
		TEST(fault_in_a_mirror_leaves_the_copy_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
