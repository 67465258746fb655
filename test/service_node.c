/* service_node.c - see service_node.h. */
#include "service_node.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "city.h"
#include "recognition/report_draft.h"

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "service_node: %s\n", e->message);
	abort();
}

static struct str read_source(struct arena *a, const char *path)
{
	const char *source = getenv("HUREN_SOURCE");
	struct str bytes;
	struct err e = { 0 };
	must(io_read_file(a, arena_printf(a, "%s/%s", source ? source : ".", path), 1 << 20, &bytes,
		&e), &e);
	return bytes;
}

static void write_file(struct service_node *n, const char *name, struct str text)
{
	struct err e = { 0 };
	must(io_write_durable(arena_printf(&n->arena, "%s/%s", n->dir, name), text, 0600, &e), &e);
}

static void write_keys(struct service_node *n)
{
	static const struct { const char *name; enum key_type type; } roles[] = {
		{ "tlog", KEY_ED25519 }, { "tlog-sm2", KEY_SM2 }, { "witness", KEY_ED25519 },
		{ "issuer", KEY_ED25519 }, { "issuer-sm2", KEY_SM2 }, { "requests", KEY_ED25519 },
	};
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct key k;
		struct str text;
		struct err e = { 0 };
		must(key_generate(roles[i].type, &k, &e), &e);
		must(key_file_text(&n->arena, &k, STR(""), &text, &e), &e);
		write_file(n, arena_printf(&n->arena, "keys/%s.json", roles[i].name), text);
	}
	write_file(n, "token", STR("0123456789abcdef0123456789abcdef0123\n"));
}

static struct json *card_of(struct arena *a, const struct service_node *peer)
{
	struct json *v = json_new_object(a);
	json_set_str(a, v, "domain", peer->config.domain);
	json_set_str(a, v, "did", peer->config.did);
	json_set_text(a, v, "url", "http://127.0.0.1:1");
	json_set_str(a, v, "tlog_vkey", note_vkey_text(a, ledger_note_key(peer->ledger)));
	json_set_str(a, v, "witness_vkey", note_vkey_text(a, ledger_witness_key(peer->ledger)));
	return v;
}

void service_node_init(struct service_node *n, const char *domain, const struct service_node *peer)
{
	struct err e = { 0 };
	struct str text;
	memset(n, 0, sizeof(*n));
	key_library_init();
	city_make_folder(n->dir, sizeof(n->dir), "service");
	arena_init(&n->arena, 16 << 20);
	struct arena *a = &n->arena;
	struct json *v = json_new_object(a);
	struct json *name = json_new_object(a);
	struct json *peers = json_new_array(a);
	json_set_text(a, name, "zh-CN", "样例市");
	json_set_text(a, name, "en", "Sample city");
	json_set_text(a, v, "domain", domain);
	json_set(a, v, "name", name);
	json_set_text(a, v, "listen", "127.0.0.1:1");
	json_set_text(a, v, "url", "http://127.0.0.1:1");
	if (peer)
		json_push(a, peers, card_of(a, peer));
	json_set(a, v, "peers", peers);
	must(json_jcs(a, v, &text, &e), &e);
	write_file(n, "node.json", text);
	write_keys(n);
}

void service_node_open(struct service_node *n)
{
	const char *source = getenv("HUREN_SOURCE");
	struct err e = { 0 };
	must(node_config_load(n->dir, &n->config, &e), &e);
	must(service_open(&n->config, arena_printf(&n->arena, "%s/rules", source ? source : "."),
		NULL,
		&n->service, &e), &e);
	n->ledger = service_ledger(n->service);
	must(service_issue_first(n->service, &e), &e);
}

void service_node_close(struct service_node *n)
{
	service_close(n->service);
	n->service = NULL;
	node_config_clear(&n->config);
}

void service_node_clear(struct service_node *n)
{
	if (n->service)
		service_node_close(n);
	city_remove_folder(n->dir);
	arena_clear(&n->arena);
}

/* ---- a lab and its reports ------------------------------------------------------------------- */

struct json *service_node_read(struct arena *a, const char *draft)
{
	struct json *v;
	struct err e = { 0 };
	must(json_parse(a, read_source(a, draft), &v, &e), &e);
	return v;
}

static void add_organisation(struct service_node *n)
{
	struct arena *a = &n->arena;
	struct err e = { 0 };
	struct json *request = json_new_object(a);
	struct json *keys = json_new_array(a);
	struct json *answer;
	must(key_generate(KEY_ED25519, &n->lab_key, &e), &e);
	json_push(a, keys, json_new_str(a, key_public_multikey(a, &n->lab_key.pub)));
	json_set_text(a, request, "name", "样例检测中心");
	json_set_text(a, request, "registeredId", CITY_LAB_CODE);
	json_set_text(a, request, "role", "lab");
	json_set(a, request, "keys", keys);
	must(service_organisation_add(n->service, a, request, &answer, &e), &e);
	n->lab = json_get_str(answer, "did");
}

void service_node_lab(struct service_node *n, const char *draft)
{
	struct arena *a = &n->arena;
	struct err e = { 0 };
	struct json *items = json_new_array(a);
	struct json *row = json_new_object(a);
	struct json *scope = json_new_array(a);
	struct json *request = json_new_object(a);
	struct json *answer;
	const struct json *all = json_get(service_node_read(a, draft), "items");
	add_organisation(n);
	for (size_t i = 0; i < json_count(all); i++)
		json_push(a, items, json_new_str(a, json_get_str(json_at(all, i), "item")));
	json_set_text(a, row, "scheme", "gbt-41798");
	json_set_text(a, row, "edition", "2022");
	json_set(a, row, "items", items);
	json_push(a, scope, row);
	json_set_str(a, request, "lab", n->lab);
	json_set_text(a, request, "certificateNumber", "SAMPLE-CMA-1");
	json_set_text(a, request, "validFrom", "2020-01-01");
	json_set_text(a, request, "validUntil", "2039-12-31");
	json_set(a, request, "scope", scope);
	must(service_accredit(n->service, a, request, &answer, &e), &e);
}

struct str service_node_report_text(struct service_node *n, struct arena *a, const char *path,
	const char *number)
{
	struct json *draft = service_node_read(a, path);
	struct json *subject, *slot;
	struct err e = { 0 };
	struct str text;
	uint8_t uuid[16];
	if (number)
		json_set_text(a, draft, "number", number);
	key_random(uuid, sizeof(uuid));
	statement_uuid_shape(uuid);
	must(report_subject_from_draft(a, draft, statement_id_text(a, uuid), n->lab, &subject, &e),
		&e);
	must(service_status_slot(n->service, a, &slot, &e), &e);
	struct json *doc = statement_new(a, KIND_REPORT, uuid, n->lab, STR("样例检测中心"),
		instant_now(), subject);
	json_set(a, doc, "credentialStatus", json_copy(a, json_get(slot, "credentialStatus")));
	must(proof_add(a, doc, &n->lab_key, str_printf(a, STR_FMT "#key-1", STR_ARG(n->lab)),
		instant_now(), &e), &e);
	must(json_jcs(a, doc, &text, &e), &e);
	return text;
}

struct str service_node_report(struct service_node *n, struct arena *a, const char *draft,
	const char *number)
{
	struct str text = service_node_report_text(n, a, draft, number);
	struct str checkpoint;
	struct json *v;
	uint64_t index;
	struct err e = { 0 };
	must(ledger_publish_wait(n->ledger, a, text, STR(""), &index, &checkpoint, &e), &e);
	must(json_parse(a, text, &v, &e), &e);
	return json_get_str(v, "id");
}

/* ---- two nodes ------------------------------------------------------------------------------- */

static struct json *party(struct arena *a, const struct service_node *n)
{
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", n->config.did);
	json_set_str(a, v, "name", n->config.name_zh);
	return v;
}

void service_node_agree(struct service_node *one, struct service_node *other)
{
	struct arena *a = &one->arena;
	struct json *request = json_new_object(a);
	struct json *parties = json_new_array(a);
	struct json *first, *both;
	struct str text, checkpoint;
	uint64_t index;
	struct err e = { 0 };
	json_push(a, parties, party(a, one));
	json_push(a, parties, party(a, other));
	json_set(a, request, "agreement",
		service_node_read(a, "rules/agreements/sample-yongchuan-longquanyi.json"));
	json_set(a, request, "parties", parties);
	must(service_agreement_sign(one->service, a, request, &first, &e), &e);
	must(service_agreement_sign(other->service, a, json_get(first, "statement"), &both, &e),
		&e);
	CHECK(!json_true(json_get(first, "complete")));
	CHECK(json_true(json_get(both, "complete")));
	must(json_jcs(a, json_get(both, "statement"), &text, &e), &e);
	must(ledger_publish_wait(one->ledger, a, text, STR(""), &index, &checkpoint, &e), &e);
	must(ledger_publish_wait(other->ledger, a, text, STR(""), &index, &checkpoint, &e), &e);
}

static uint64_t mirrored(struct service_node *to, struct arena *a, struct str origin)
{
	struct ledger_mirror_state state;
	return ledger_mirror_state(to->ledger, a, origin, &state, NULL) == ERR_OK ? state.size : 0;
}

void service_node_mirror(struct service_node *from, struct service_node *to)
{
	struct arena *a = &from->arena;
	struct err e = { 0 };
	struct ledger_mirror_batch batch = { .origin = from->config.origin };
	must(ledger_checkpoint(from->ledger, a, &batch.checkpoint, &batch.size, &e), &e);
	batch.first_index = mirrored(to, a, batch.origin);
	batch.count = (uint32_t)(batch.size - batch.first_index);
	struct str *entries = ARENA_ARRAY(a, struct str, batch.count + 1);
	struct digest *leaves = ARENA_ARRAY(a, struct digest, batch.count + 1);
	struct ledger_found *found = ARENA_ARRAY(a, struct ledger_found, batch.count + 1);
	for (uint32_t i = 0; i < batch.count; i++) {
		must(ledger_entry(from->ledger, a, STR(""), batch.first_index + i, &found[i], &e),
			&e);
		entries[i] = found[i].receipt_bytes;
		leaves[i] = digest_sha256_leaf(entries[i]);
	}
	batch.entries = entries;
	batch.leaf_hashes = leaves;
	must(ledger_mirror(to->ledger, &batch, &e), &e);
	for (uint32_t i = 0; i < batch.count; i++) {
		if (found[i].receipt.disclosure == DISCLOSURE_OPEN)
			must(ledger_admit(to->ledger, batch.origin, batch.first_index + i,
				found[i].body,
				found[i].jws, &e), &e);
	}
}

enum err_code service_node_hand_over(struct service_node *from, struct service_node *to,
	const uint8_t id_key[16], struct err *e)
{
	struct ledger_found found;
	SCOPED_ARENA a;
	arena_init(&a, 4 << 20);
	TRY(service_disclose(from->service, &a, to->config.did, id_key, &found, e));
	return ledger_admit(to->ledger, from->config.origin, found.index, found.body, found.jws, e);
}

int64_t node_sql(const struct service_node *n, const char *sql)
{
	char path[300];
	sqlite3_stmt *q = NULL;
	sqlite3 *db = NULL;
	int64_t number = 0;
	int code;

	(void)snprintf(path, sizeof(path), "%s/huren.db", n->dir);
	code = sqlite3_open(path, &db);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(db, 5000);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
	if (code == SQLITE_OK) {
		while ((code = sqlite3_step(q)) == SQLITE_ROW)
			number = sqlite3_column_int64(q, 0);
	}
	if (code != SQLITE_DONE) {
		(void)fprintf(stderr, "service_node: %s: %s\n", sql, sqlite3_errmsg(db));
		abort();
	}
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return number;
}
