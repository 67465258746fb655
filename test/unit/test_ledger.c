/* test_ledger.c - order, duplicates, checkpoints, group commit, recovery, the ban on signing. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "city.h"
#include "ledger/ledger.h"
#include "ledger/ledger_inner.h"

#define DOMAIN "yongchuan.huren.example"

static struct city city;
static struct arena arena;
static struct ledger *l;

static int open_city(void **state)
{
	(void)state;
	arena_init(&arena, 256 << 20);
	city_init(&city, DOMAIN, 10);
	city_open(&city);
	l = city.ledger;
	return 0;
}

static int open_founded_city(void **state)
{
	(void)open_city(state);
	city_found(&city);
	return 0;
}

static int close_city(void **state)
{
	(void)state;
	city_clear(&city);
	arena_clear(&arena);
	return 0;
}

static void reopen(void)
{
	city_close(&city);
	city_open(&city);
	l = city.ledger;
}

/* The newest own checkpoint, its signature checked. */
static struct checkpoint head(void)
{
	struct note *note = ARENA_NEW(&arena, struct note);
	struct checkpoint c;
	struct str text;
	uint64_t size;

	assert_int_equal(ledger_checkpoint(l, &arena, &text, &size, NULL), ERR_OK);
	assert_int_equal(checkpoint_open(&arena, text, ledger_note_key(l), note, &c, NULL), ERR_OK);
	assert_int_equal(c.size, size);
	return c;
}

/* Root over the receipts' bytes as a stranger sees them, by the definition. */
static struct digest root_of_receipts(uint64_t size)
{
	struct merkle_range range;

	merkle_range_init(&range);
	for (uint64_t i = 0; i < size; i++) {
		struct ledger_found found;
		struct digest leaf;
		assert_int_equal(ledger_entry(l, &arena, STR(""), i, &found, NULL), ERR_OK);
		leaf = digest_sha256_leaf(found.receipt_bytes);
		merkle_range_append(&range, &leaf);
	}
	return merkle_range_root(&range);
}

static void publish_decisions(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct arena a;
		arena_init(&a, 1 << 20);
		(void)city_publish(&city, city_decision(&city, &a));
		arena_clear(&a);
	}
}

/* ---- order and duplicates -------------------------------------------------------------------- */

static void ledger_begins_with_the_nodes_did_document(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(ledger_checkpoint(l, &arena, &(struct str){ 0 }, &(uint64_t){ 0 }, &e),
		ERR_NOT_FOUND);
	assert_int_equal(city_try(&city, city_did_document(&city, &arena, &city.lab, 1, &city.node),
		&e), ERR_NOT_FOUND); /* the node's key is not known yet */
	assert_int_equal(city_publish(&city,
		city_did_document(&city, &arena, &city.node, 1, &city.node)), 0);
	assert_int_equal(head().size, 1);
	assert_int_equal(city_publish(&city,
		city_did_document(&city, &arena, &city.lab, 1, &city.node)), 1);
}

static void ledger_answers_index_and_covering_checkpoint(void **state)
{
	struct str note, text = city_report(&city, &arena, 3);
	struct note *parsed = ARENA_NEW(&arena, struct note);
	struct merkle_proof proof;
	struct ledger_found found;
	struct statement s = sample_parse(&arena, text);
	struct checkpoint c;
	struct digest leaf;
	uint64_t index;
	struct err e;

	(void)state;
	if (ledger_publish_wait(l, &arena, text, STR(""), &index, &note, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(index, 3);
	assert_int_equal(checkpoint_open(&arena, note, ledger_note_key(l), parsed, &c, NULL),
		ERR_OK);
	assert_true(c.size > index);
	assert_int_equal(ledger_find(l, &arena, s.id_key, &found, NULL), ERR_OK);
	assert_true(found.own);
	assert_true(str_eq(found.body, text));
	assert_int_equal(found.receipt.kind, KIND_REPORT);
	assert_int_equal(found.receipt.disclosure, DISCLOSURE_CONDITIONAL);
	assert_true(str_eq(found.receipt.issuer, city.lab.did));
	assert_true(digest_eq(&found.receipt.digest, &s.digest));
	leaf = digest_sha256_leaf(found.receipt_bytes);
	assert_int_equal(ledger_prove_inclusion(l, STR(""), index, c.size, &proof, NULL), ERR_OK);
	assert_int_equal(merkle_verify_inclusion(&proof, index, c.size, &leaf, &c.root, NULL),
		ERR_OK);
}

static void ledger_gives_a_duplicate_its_old_index(void **state)
{
	struct str text = city_decision(&city, &arena);
	uint64_t size;

	(void)state;
	assert_int_equal(city_publish(&city, text), 3);
	publish_decisions(2);
	size = head().size;
	assert_int_equal(city_publish(&city, text), 3);
	assert_int_equal(head().size, size);
	reopen();
	assert_int_equal(city_publish(&city, text), 3);
	assert_int_equal(head().size, size);
}

static void ledger_refuses_other_bytes_under_the_same_id(void **state)
{
	struct json *subject = sample_json(&arena, "{\"id\":\"did:web:x.example\"}");
	struct json *doc = city_doc(&city, &arena, KIND_DECISION, &city.node, subject);
	struct json *other = json_copy(&arena, doc);
	struct err e;

	(void)state;
	json_set_text(&arena, doc, "name", "one");
	json_set_text(&arena, other, "name", "other");
	sample_sign(&arena, doc, &city.node, false, instant_now());
	sample_sign(&arena, other, &city.node, false, instant_now());
	assert_int_equal(city_publish(&city, sample_text(&arena, doc)), 3);
	assert_int_equal(city_try(&city, sample_text(&arena, other), &e), ERR_CONFLICT);
	assert_non_null(strstr(e.message, "is in the log at index 3 with other content"));
	assert_int_equal(head().size, 4);
}

static void ledger_keeps_its_tree_over_tile_borders(void **state)
{
	struct digest want;
	struct checkpoint c;

	(void)state;
	publish_decisions(600);
	c = head();
	assert_int_equal(c.size, 603);
	want = root_of_receipts(c.size);
	assert_true(digest_eq(&c.root, &want));
	reopen();
	publish_decisions(1);
	c = head();
	assert_int_equal(c.size, 604);
	want = root_of_receipts(c.size);
	assert_true(digest_eq(&c.root, &want));
}

/* ---- many threads ---------------------------------------------------------------------------- */

#define THREADS 8
#define EACH 60

struct submitter {
	pthread_t thread;
	uint32_t turn;
	uint64_t indexes[EACH];
	bool checkpoints_cover;
};

static void *submit(void *context)
{
	struct submitter *s = context;
	struct city own = city; /* ids of its own */

	own.next_number = 1000000 * (s->turn + 1);
	s->checkpoints_cover = true;
	for (int i = 0; i < EACH; i++) {
		struct note *parsed;
		struct checkpoint c;
		struct str note;
		struct arena a;
		arena_init(&a, 4 << 20);
		parsed = ARENA_NEW(&a, struct note);
		if (ledger_publish_wait(l, &a, city_decision(&own, &a), STR(""), &s->indexes[i],
			&note,
			    NULL) != ERR_OK ||
			checkpoint_open(&a, note, ledger_note_key(l), parsed, &c, NULL) != ERR_OK ||
			c.size <= s->indexes[i])
			s->checkpoints_cover = false;
		arena_clear(&a);
	}
	digest_thread_clear();
	return NULL;
}

static void ledger_commits_many_threads_in_groups(void **state)
{
	static struct submitter submitters[THREADS];
	static bool seen[3 + THREADS * EACH];
	struct ledger_figures figures;
	struct checkpoint c;
	struct digest want;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < THREADS; i++) {
		submitters[i].turn = i;
		assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit,
			&submitters[i]), 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(submitters[i].thread, NULL), 0);
		assert_true(submitters[i].checkpoints_cover);
		for (int k = 0; k < EACH; k++) {
			assert_true(submitters[i].indexes[k] < sizeof(seen));
			assert_false(seen[submitters[i].indexes[k]]);
			seen[submitters[i].indexes[k]] = true;
		}
	}
	c = head();
	assert_int_equal(c.size, sizeof(seen));
	want = root_of_receipts(c.size);
	assert_true(digest_eq(&c.root, &want));
	ledger_figures(l, &figures);
	assert_int_equal(figures.statements, sizeof(seen));
	assert_true(figures.batches < sizeof(seen)); /* shared commits */
}

static void count_done(struct publication *p)
{
	atomic_fetch_add((atomic_uint *)p->context, 1);
}

static void limit_writer_queue(void **state)
{
	static struct publication queued[LIMIT_WRITER_QUEUE + 200];
	struct str text = city_decision(&city, &arena);
	atomic_uint done = 0;
	uint32_t accepted = 0;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(queued) / sizeof(queued[0]); i++) {
		queued[i] = (struct publication){ .arena = &arena, .done = count_done,
			.context = &done };
		assert_int_equal(ledger_prepare_unchecked(l, &queued[i], text, &e), ERR_OK);
	}
	assert_int_equal(pthread_mutex_lock(&l->queue.lock), 0);
	l->queue.count = LIMIT_WRITER_QUEUE; /* the writer sleeps: nothing is queued */
	assert_int_equal(pthread_mutex_unlock(&l->queue.lock), 0);
	assert_int_equal(ledger_publish(l, &queued[0], &e), ERR_BUSY);
	assert_string_equal(e.message, "node is busy: 4096 statements are waiting");
	assert_int_equal(pthread_mutex_lock(&l->queue.lock), 0);
	l->queue.count = 0;
	assert_int_equal(pthread_mutex_unlock(&l->queue.lock), 0);
	for (size_t i = 0; i < sizeof(queued) / sizeof(queued[0]); i++)
		accepted += ledger_publish(l, &queued[i], &e) == ERR_OK;
	reopen(); /* closing drains the queue */
	assert_true(accepted >= LIMIT_WRITER_QUEUE);
	assert_int_equal(done, accepted);
	assert_int_equal(head().size, 4);
}

static void limit_writer_batch(void **state)
{
	static struct publication queued[LIMIT_WRITER_BATCH + 100];
	atomic_uint done = 0;
	uint32_t count = sizeof(queued) / sizeof(queued[0]);
	struct err e;

	(void)state;
	for (uint32_t i = 0; i < count; i++) {
		queued[i] = (struct publication){ .arena = &arena, .done = count_done,
			.context = &done };
		assert_int_equal(ledger_prepare_unchecked(l, &queued[i],
			city_decision(&city, &arena), &e), ERR_OK);
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(ledger_publish(l, &queued[i], &e), ERR_OK);
	reopen();
	assert_int_equal(done, count);
	assert_int_equal(head().size, 3 + count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(queued[i].index, 3 + i); /* in the order queued */
}

/* ---- commands beside statements -------------------------------------------------------------- */

static enum err_code set_colour(void *context, struct store *s, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_META_SET);

	sql_bind_str(q, 1, STR("colour"));
	sql_bind_str(q, 2, str_of(context));
	TRY(sql_run(q, e));
	return str_is(str_of(context), "red") ? err_set(e, ERR_INVALID, "no red") : ERR_OK;
}

static const char *colour(void)
{
	static char value[16];
	struct store *s;
	bool row = false;

	assert_int_equal(ledger_reader(l, &s, NULL), ERR_OK);
	SCOPED_SQL q = sql_use(s, SQL_META_GET);
	sql_bind_str(q, 1, STR("colour"));
	assert_int_equal(sql_step(q, &row, NULL), ERR_OK);
	(void)snprintf(value, sizeof(value), STR_FMT, STR_ARG(row ? sql_str(q, 0) : STR("none")));
	return value;
}

static void ledger_write_is_all_or_nothing(void **state)
{
	static char green[] = "green", red[] = "red";
	struct err e;

	(void)state;
	assert_int_equal(ledger_write(l, set_colour, red, &e), ERR_INVALID);
	assert_string_equal(e.message, "no red");
	assert_string_equal(colour(), "none");
	assert_int_equal(ledger_write(l, set_colour, green, &e), ERR_OK);
	assert_string_equal(colour(), "green");
	assert_int_equal(ledger_write(l, set_colour, red, &e), ERR_INVALID);
	assert_string_equal(colour(), "green");
}

static void ledger_writes_what_stands_beside_a_statement_with_it(void **state)
{
	static char green[] = "green", red[] = "red";
	struct publication p = { .arena = &arena, .beside = set_colour, .beside_context = red };
	struct str text = city_decision(&city, &arena);
	struct err e;

	(void)state;
	uint64_t size = head().size;
	assert_int_equal(ledger_publish_beside(l, &p, text, STR(""), &e), ERR_INVALID);
	assert_string_equal(e.message, "no red");
	assert_string_equal(colour(), "none");
	assert_int_equal(head().size, size);
	p = (struct publication){ .arena = &arena, .beside = set_colour, .beside_context = green };
	assert_int_equal(ledger_publish_beside(l, &p, text, STR(""), &e), ERR_OK);
	assert_string_equal(colour(), "green");
	assert_int_equal(head().size, size + 1);
	p = (struct publication){ .arena = &arena, .beside = set_colour, .beside_context = red };
	assert_int_equal(ledger_publish_beside(l, &p, text, STR(""), &e), ERR_OK); /* a duplicate */
	assert_string_equal(colour(), "green");
}

/* A projection that writes a row and then refuses statements named "bad". */
static enum err_code refuse_bad(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	static char seen[] = "seen";

	(void)context;
	TRY(set_colour(seen, s, e));
	if (str_is(json_get_str(event->statement->doc, "name"), "bad"))
		return err_set(e, ERR_INVALID, "bad name");
	return ERR_OK;
}

static void ledger_refuses_one_of_a_batch_and_keeps_the_others(void **state)
{
	static const struct ledger_projection projection = { .apply = refuse_bad };
	static struct publication queued[21];
	atomic_uint done = 0;
	struct checkpoint c;
	struct digest want;
	struct err e;

	(void)state;
	city_close(&city);
	city.options.projections = &projection;
	city.options.projection_count = 1;
	city_open(&city);
	l = city.ledger;
	for (uint32_t i = 0; i < 21; i++) {
		struct json *doc = city_doc(&city, &arena, KIND_DECISION, &city.node,
			sample_json(&arena, "{\"id\":\"did:web:x.example\"}"));
		json_set_text(&arena, doc, "name", i % 10 == 5 ? "bad" : "good");
		sample_sign(&arena, doc, &city.node, false, instant_now());
		queued[i] = (struct publication){ .arena = &arena, .done = count_done,
			.context = &done };
		assert_int_equal(ledger_prepare_unchecked(l, &queued[i], sample_text(&arena, doc),
			&e), ERR_OK);
	}
	for (uint32_t i = 0; i < 21; i++)
		assert_int_equal(ledger_publish(l, &queued[i], &e), ERR_OK);
	reopen();
	assert_int_equal(done, 21);
	for (uint32_t i = 0; i < 21; i++)
		assert_int_equal(queued[i].err.code, i % 10 == 5 ? ERR_INVALID : ERR_OK);
	assert_string_equal(queued[5].err.message, "bad name");
	c = head();
	assert_int_equal(c.size, 3 + 19);
	want = root_of_receipts(c.size);
	assert_true(digest_eq(&c.root, &want));
}

/* ---- cosignatures ---------------------------------------------------------------------------- */

static const char line_a[] = "\342\200\224 a.example/witness "
	"AAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

static uint32_t lines_of(struct str note)
{
	struct note *n = ARENA_NEW(&arena, struct note);

	assert_int_equal(note_parse(&arena, note, n, NULL), ERR_OK);
	return n->line_count;
}

static void ledger_attaches_cosignatures(void **state)
{
	struct str note;
	uint64_t size;
	struct err e;

	(void)state;
	assert_int_equal(ledger_cosigned_checkpoint(l, &arena, &note, &size, &e), ERR_NOT_FOUND);
	assert_int_equal(ledger_add_cosignature(l, 3, str_of(line_a), &e), ERR_OK);
	assert_int_equal(ledger_add_cosignature(l, 3, str_of(line_a), &e), ERR_OK); /* once */
	assert_int_equal(ledger_checkpoint(l, &arena, &note, &size, &e), ERR_OK);
	assert_int_equal(lines_of(note), 2);
	publish_decisions(2);
	assert_int_equal(ledger_checkpoint(l, &arena, &note, &size, &e), ERR_OK);
	assert_int_equal(size, 5);
	assert_int_equal(lines_of(note), 1);
	assert_int_equal(ledger_cosigned_checkpoint(l, &arena, &note, &size, &e), ERR_OK);
	assert_int_equal(size, 3);
	assert_int_equal(lines_of(note), 2);
	assert_int_equal(ledger_add_cosignature(l, 4, str_of(line_a), &e), ERR_OK); /* late */
	assert_int_equal(ledger_add_cosignature(l, 99, str_of(line_a), &e), ERR_NOT_FOUND);
	assert_int_equal(ledger_add_cosignature(l, 5, STR("no line"), &e), ERR_INVALID);
	reopen();
	assert_int_equal(ledger_cosigned_checkpoint(l, &arena, &note, &size, &e), ERR_OK);
	assert_int_equal(size, 4);
	assert_int_equal(lines_of(note), 2);
}

/* ---- the ban on signing ---------------------------------------------------------------------- */

static void ledger_alarm_outlives_a_restart(void **state)
{
	struct err e;

	(void)state;
	ledger_alarm(l, "two heads of our log were seen");
	assert_int_equal(city_try(&city, city_decision(&city, &arena), &e), ERR_BUSY);
	assert_string_equal(e.message, "signing has stopped: two heads of our log were seen");
	reopen();
	assert_int_equal(city_try(&city, city_decision(&city, &arena), &e), ERR_BUSY);
	assert_true(str_is(ledger_alarm_text(l, &arena), "two heads of our log were seen"));
	assert_int_equal(head().size, 3); /* reading goes on */
}

static void ledger_refuses_to_fork_after_an_old_backup(void **state)
{
	char backup[sizeof(city.dir) + 16];
	struct city restored;
	struct err e;

	(void)state;
	publish_decisions(300);
	(void)snprintf(backup, sizeof(backup), "%.240s-backup", city.dir);
	assert_int_equal(ledger_backup(l, backup, &e), ERR_OK);
	city_init_at(&restored, backup, DOMAIN, 10);
	restored.next_number = 5000;
	city_open(&restored);
	assert_true(ledger_is_restored(restored.ledger));
	assert_int_equal(city_try(&restored, city_decision(&restored, &arena), &e), ERR_BUSY);
	assert_non_null(strstr(e.message, "restored from a backup"));
	assert_true(e.hint[0] != '\0');
	/* A witness knows as much as we hold, or less: signing goes on. */
	assert_int_equal(ledger_confirm_size(restored.ledger, 303, &e), ERR_OK);
	assert_false(ledger_is_restored(restored.ledger));
	assert_int_equal(city_publish(&restored, city_decision(&restored, &arena)), 303);
	city_close(&restored);
	city_open(&restored);
	assert_false(ledger_is_restored(restored.ledger));
	/* It knows more: alarm. */
	assert_int_equal(ledger_confirm_size(restored.ledger, 305, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.message, "at 305 entries, this folder holds 304"));
	assert_int_equal(city_try(&restored, city_decision(&restored, &arena), &e), ERR_BUSY);
	city_clear(&restored);
}

/* ---- keys and times -------------------------------------------------------------------------- */

static void ledger_replaces_keys_from_a_point_in_time(void **state)
{
	struct sample_party new_lab = sample_party(&city.arena, city.lab.did, "Sample lab", 77);
	struct str before = city_report(&city, &arena, 1), after;
	struct ledger_found report, document;
	struct key_public key;
	struct err e;
	uint64_t index;

	(void)state;
	index = city_publish(&city, before);
	assert_int_equal(city_publish(&city, city_did_document(&city, &arena, &new_lab, 2,
		&city.node)), index + 1);
	assert_int_equal(ledger_entry(l, &arena, STR(""), index, &report, NULL), ERR_OK);
	assert_int_equal(ledger_entry(l, &arena, STR(""), index + 1, &document, NULL), ERR_OK);
	assert_true(document.receipt.time > report.receipt.time); /* else nobody could tell which */
	assert_int_equal(ledger_find_key(l, city.lab.method, report.receipt.time, &key, NULL),
		ERR_OK);
	assert_true(key_public_eq(&key, &city.lab.key.pub));
	assert_int_equal(ledger_find_key(l, city.lab.method, document.receipt.time, &key, NULL),
		ERR_OK);
	assert_true(key_public_eq(&key, &new_lab.key.pub));
	after = city_report(&city, &arena, 1); /* by the old key */
	assert_int_equal(city_try(&city, after, &e), ERR_DENIED);
	reopen();
	assert_int_equal(city_try(&city, after, &e), ERR_DENIED);
}

static void ledger_judges_again_what_waited_over_a_change(void **state)
{
	struct sample_party new_lab = sample_party(&city.arena, city.lab.did, "Sample lab", 77);
	struct publication document = { .arena = &arena, .done = count_done };
	struct publication report = { .arena = &arena, .done = count_done };
	atomic_uint done = 0;
	struct err e;

	(void)state;
	document.context = report.context = &done;
	assert_int_equal(ledger_prepare(l, &report, city_report(&city, &arena, 1), STR(""), &e),
		ERR_OK);
	assert_int_equal(ledger_prepare(l, &document, city_did_document(&city, &arena, &new_lab, 2,
		&city.node), STR(""), &e), ERR_OK);
	assert_int_equal(ledger_publish(l, &document, &e), ERR_OK);
	assert_int_equal(ledger_publish(l, &report, &e), ERR_OK);
	reopen();
	assert_int_equal(done, 2);
	assert_int_equal(document.err.code, ERR_OK);
	assert_int_equal(report.err.code, ERR_DENIED);
}

/* ---- opening --------------------------------------------------------------------------------- */

static void ledger_notices_a_key_that_is_not_its_own(void **state)
{
	struct ledger_options other = city.options;
	struct ledger *opened = NULL;
	struct err e;

	(void)state;
	city_close(&city);
	other.keys.tlog = sample_key(KEY_ED25519, 99);
	assert_int_equal(ledger_open(&other, &opened, &e), ERR_CORRUPT);
	assert_non_null(strstr(e.hint, "keys/tlog.json"));
	assert_null(opened);
	city_open(&city);
	l = city.ledger;
	assert_int_equal(head().size, 3);
}

static enum err_code drop_last_statement(void *context, struct store *s, struct err *e)
{
	(void)context;
	SCOPED_SQL q = sql_use(s, SQL_CHECKPOINT_SET);
	sql_bind_i64(q, 1, 1);
	sql_bind_i64(q, 2, 4); /* one more than there are */
	sql_bind_str(q, 3, STR("no note"));
	sql_bind_i64(q, 4, 0);
	return sql_run(q, e);
}

static void ledger_notices_rows_that_do_not_agree(void **state)
{
	struct ledger *opened = NULL;
	struct err e;

	(void)state;
	assert_int_equal(ledger_write(l, drop_last_statement, NULL, &e), ERR_OK);
	city_close(&city);
	assert_int_equal(ledger_open(&city.options, &opened, &e), ERR_CORRUPT);
	assert_string_equal(e.message, "checkpoint covers 4 entries, 3 statement rows are here");
	assert_true(e.hint[0] != '\0');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_founded_city, close_city)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ledger_begins_with_the_nodes_did_document,
			open_city,
			close_city),
		TEST(ledger_answers_index_and_covering_checkpoint),
		TEST(ledger_gives_a_duplicate_its_old_index),
		TEST(ledger_refuses_other_bytes_under_the_same_id),
		TEST(ledger_keeps_its_tree_over_tile_borders),
		TEST(ledger_commits_many_threads_in_groups),
		TEST(limit_writer_queue),
		TEST(limit_writer_batch),
		TEST(ledger_write_is_all_or_nothing),
		TEST(ledger_writes_what_stands_beside_a_statement_with_it),
		TEST(ledger_refuses_one_of_a_batch_and_keeps_the_others),
		TEST(ledger_attaches_cosignatures),
		TEST(ledger_alarm_outlives_a_restart),
		TEST(ledger_refuses_to_fork_after_an_old_backup),
		TEST(ledger_replaces_keys_from_a_point_in_time),
		TEST(ledger_judges_again_what_waited_over_a_change),
		TEST(ledger_notices_a_key_that_is_not_its_own),
		TEST(ledger_notices_rows_that_do_not_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
