/* city.c - see city.h. */
#include "city.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "ledger/ledger_inner.h"
#include "recognition/report_draft.h"

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "city: %s\n", e->message);
	abort();
}

void city_init_at(struct city *c, const char *dir, const char *domain, uint8_t seed)
{
	struct arena *a = &c->arena;
	struct str did;

	memset(c, 0, sizeof(*c));
	key_library_init();
	arena_init(a, 1 << 20);
	(void)snprintf(c->dir, sizeof(c->dir), "%s", dir);
	did = did_web_new(a, str_of(domain));
	c->node = sample_party(a, did, "Sample authority", seed);
	c->lab = sample_party(a, did_web_new_org(a, str_of(domain), STR(CITY_LAB_CODE)),
		"Sample lab",
		(uint8_t)(seed + 1));
	c->options = (struct ledger_options){ .dir = c->dir, .domain = str_copy(a, str_of(domain)),
		.keys = { .tlog = sample_key(KEY_ED25519, (uint8_t)(seed + 2)),
			.witness = sample_key(KEY_ED25519, (uint8_t)(seed + 3)),
			.issuer = c->node.key,
			.requests = sample_key(KEY_ED25519, (uint8_t)(seed + 4)) } };
	c->next_number = 1;
	c->id_seed = seed;
}

void city_init(struct city *c, const char *domain, uint8_t seed)
{
	char dir[sizeof(c->dir)];

	city_make_folder(dir, sizeof(dir), "city");
	city_init_at(c, dir, domain, seed);
}

/* An older database would be brought up to date when it is opened, and so would hide nothing. */
static void copy_template(const char *dir)
{
	const char *from = getenv("HUREN_TEMPLATE");
	char to[PATH_MAX];
	struct arena a;
	struct str bytes;
	struct err e = { 0 };

	if (!from)
		return;
	arena_init(&a, 8 << 20);
	CHECK((size_t)snprintf(to, sizeof(to), "%s/huren.db", dir) < sizeof(to));
	must(io_read_file(&a, from, 4 << 20, &bytes, &e), &e);
	FILE *file = fopen(to, "wxe");
	CHECK(file && fwrite(bytes.at, 1, bytes.len, file) == bytes.len);
	CHECK(fclose(file) == 0);
	arena_clear(&a);
}

void city_make_folder(char *ret, size_t room, const char *word)
{
	const char *below = getenv("TMPDIR");

	CHECK((size_t)snprintf(ret, room, "%s/huren-%s-XXXXXX", below ? below : "/tmp", word) <
		room);
	CHECK(mkdtemp(ret));
	copy_template(ret);
}

void city_open(struct city *c)
{
	struct err e;

	must(ledger_open(&c->options, &c->ledger, &e), &e);
}

void city_close(struct city *c)
{
	ledger_close(c->ledger);
	c->ledger = NULL;
}

static void remove_below(const char *path, int depth)
{
	const struct dirent *entry;
	char child[1024];
	DIR *dir = opendir(path);

	CHECK(depth < 12);
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		CHECK((size_t)snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) <
			sizeof(child));
		if (unlink(child) != 0)
			remove_below(child, depth + 1);
	}
	if (dir)
		(void)closedir(dir); /* read only */
	(void)rmdir(path); /* what is left is seen by who looks into /tmp */
}

void city_remove_folder(const char *path)
{
	CHECK(path[0] == '/' && strstr(path, "/huren-"));
	remove_below(path, 0);
}

void city_clear(struct city *c)
{
	city_close(c);
	city_remove_folder(c->dir);
	arena_clear(&c->arena);
}

/* ---- statements ------------------------------------------------------------------------------ */

struct json *city_doc(struct city *c, struct arena *a, enum kind kind,
	const struct sample_party *issuer, struct json *subject)
{
	uint32_t number = c->next_number++;
	struct digest mixed = digest_sha256(str_printf(a, "%u %u", c->id_seed, number));
	struct json *doc;

	statement_uuid_shape(mixed.at); /* ids as random as those of the wild */
	doc = statement_new(a, kind, mixed.at, issuer->did, issuer->name, instant_now(), subject);
	CHECK(doc);
	return doc;
}

struct str city_statement(struct city *c, struct arena *a, enum kind kind,
	const struct sample_party *issuer, struct json *subject)
{
	struct json *doc = city_doc(c, a, kind, issuer, subject);

	sample_sign(a, doc, issuer, false, instant_now());
	return sample_text(a, doc);
}

struct str city_did_document(struct city *c, struct arena *a, const struct sample_party *of,
	uint64_t version, const struct sample_party *signer)
{
	struct did_document *d = ARENA_NEW(a, struct did_document);
	struct json *doc;

	*d = (struct did_document){ .did = of->did, .name = of->name, .role = STR("lab"),
		.version = version, .key_count = 2 };
	if (str_eq(of->did, c->node.did))
		d->role = STR("authority");
	d->keys[0] = (struct did_key){ .id = of->method, .pub = of->key.pub,
		.valid_until = INT64_MAX, .asserts = true };
	d->keys[1] = (struct did_key){ .id = of->method_sm2, .pub = of->key_sm2.pub,
		.valid_until = INT64_MAX, .asserts = true };
	doc = city_doc(c, a, KIND_DID_DOCUMENT, &c->node, did_document_subject(a, d,
		str_eq(of->did, c->node.did) ? STR("") : STR(CITY_LAB_CODE)));
	sample_sign(a, doc, signer, false, instant_now());
	return sample_text(a, doc);
}

struct str city_accreditation(struct city *c, struct arena *a, const char *from, const char *until)
{
	struct json *subject = sample_json(a,
		"{\"type\":\"AccreditedBody\",\"name\":\"Sample lab\","
		"\"certificateType\":\"CMA\",\"certificateNumber\":\"SAMPLE-YC-1\",\"scope\":["
		"{\"scheme\":\"gbt-41798\",\"edition\":\"2022\",\"items\":[\"6.1.1\",\"6.1.2\","
		"\"6.1.4\",\"6.2.2\",\"6.2.3\"]}]}");
	struct json *doc;

	json_set_str(a, subject, "id", c->lab.did);
	doc = city_doc(c, a, KIND_ACCREDITATION, &c->node, subject);
	json_set_text(a, doc, "validFrom", from);
	json_set_text(a, doc, "validUntil", until);
	sample_sign(a, doc, &c->node, false, instant_now());
	return sample_text(a, doc);
}

/* The sample's dates, two years earlier, so that the tests hold whatever the clock says. */
static struct json *read_draft(struct arena *a)
{
	const char *source = getenv("HUREN_SOURCE");
	struct str bytes;
	struct json *v;
	struct err e;
	char *text;

	must(io_read_file(a, arena_printf(a, "%s/rules/samples/report-yongchuan.json",
		source ? source : "."), 1 << 20, &bytes, &e), &e);
	text = str_z(a, bytes);
	CHECK(text);
	for (char *at = text; (at = strstr(at, "\"2026-")); at++)
		memcpy(at, "\"2024-", 6);
	must(json_parse(a, str_of(text), &v, &e), &e);
	return v;
}

struct str city_report(struct city *c, struct arena *a, uint32_t items)
{
	struct json *draft = read_draft(a), *kept = json_new_array(a), *subject, *doc;
	const struct json *all = json_get(draft, "items");
	struct str id;
	struct err e;

	for (uint32_t i = 0; i < items && i < json_count(all); i++)
		json_push(a, kept, json_copy(a, json_at(all, i)));
	json_set(a, draft, "items", kept);
	doc = city_doc(c, a, KIND_REPORT, &c->lab, json_new_object(a));
	id = json_get_str(doc, "id");
	must(report_subject_from_draft(a, draft, id, c->lab.did, &subject, &e), &e);
	json_set(a, doc, "credentialSubject", subject);
	sample_sign(a, doc, &c->lab, false, instant_now());
	return sample_text(a, doc);
}

struct str city_status(struct city *c, struct arena *a, const struct sample_party *issuer,
	struct str target_text, const char *word)
{
	struct statement target = sample_parse(a, target_text);
	struct json *subject = sample_json(a, "{\"type\":\"StatusChange\",\"reason\":{"
		"\"zh-CN\":\"样例\",\"en\":\"sample\"}}");

	json_set_str(a, subject, "id", target.id);
	json_set_str(a, subject, "digest", base64url_new(a, target.digest.at, DIGEST_BYTES));
	json_set_text(a, subject, "status", word);
	return city_statement(c, a, KIND_STATUS, issuer, subject);
}

struct str city_decision(struct city *c, struct arena *a)
{
	struct json *subject = json_new_object(a);

	json_set_text(a, subject, "id", "did:web:applicant.example");
	json_set_text(a, subject, "type", "RecognitionDecision");
	return city_statement(c, a, KIND_DECISION, &c->node, subject);
}

static struct json *party_json(struct arena *a, const struct sample_party *p)
{
	struct json *v = json_set_str(a, json_new_object(a), "id", p->did);

	return json_set_str(a, v, "name", p->name);
}

struct str city_agreement(struct city *c, struct arena *a, struct city *other)
{
	const char *source = getenv("HUREN_SOURCE");
	struct json *subject, *doc, *parties = json_new_array(a), *content;
	struct str bytes;
	struct err e;

	must(io_read_file(a, arena_printf(a,
		"%s/rules/agreements/sample-yongchuan-longquanyi.json", source ? source : "."), 1
			<< 20,
		&bytes, &e), &e);
	must(json_parse(a, bytes, &content, &e), &e);
	json_push(a, parties, party_json(a, &c->node));
	json_push(a, parties, party_json(a, &other->node));
	subject = json_set_text(a, json_new_object(a), "id", "urn:uuid:sample");
	json_set_text(a, subject, "type", "RecognitionAgreement");
	json_set(a, subject, "parties", parties);
	json_set(a, subject, "agreement", content);
	doc = city_doc(c, a, KIND_AGREEMENT, &c->node, subject);
	sample_sign(a, doc, &c->node, false, instant_now());
	sample_sign(a, doc, &other->node, false, instant_now());
	return sample_text(a, doc);
}

/* ---- publishing ------------------------------------------------------------------------------ */

enum err_code city_try(struct city *c, struct str text, struct err *e)
{
	enum err_code code;
	struct arena a;

	arena_init(&a, 64 << 20);
	code = ledger_publish_wait(c->ledger, &a, text, (struct str){ NULL, 0 }, NULL, NULL, e);
	arena_clear(&a);
	return code;
}

uint64_t city_publish(struct city *c, struct str text)
{
	struct arena a;
	uint64_t index = 0;
	struct err e;

	arena_init(&a, 64 << 20);
	must(ledger_publish_wait(c->ledger, &a, text, (struct str){ NULL, 0 }, &index, NULL, &e),
		&e);
	arena_clear(&a);
	return index;
}

struct slipped {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool done;
};

static void slipped_done(struct publication *p)
{
	struct slipped *s = p->context;

	CHECK(pthread_mutex_lock(&s->lock) == 0);
	s->done = true;
	CHECK(pthread_cond_signal(&s->answered) == 0);
	CHECK(pthread_mutex_unlock(&s->lock) == 0);
}

uint64_t city_slip_in(struct city *c, struct str text)
{
	struct slipped s = { .done = false };
	struct arena a;
	struct publication p = { .arena = &a, .done = slipped_done, .context = &s };
	struct err e;

	arena_init(&a, 64 << 20);
	CHECK(pthread_mutex_init(&s.lock, NULL) == 0);
	CHECK(pthread_cond_init(&s.answered, NULL) == 0);
	must(ledger_prepare_unchecked(c->ledger, &p, text, &e), &e);
	must(ledger_publish(c->ledger, &p, &e), &e);
	CHECK(pthread_mutex_lock(&s.lock) == 0);
	while (!s.done)
		CHECK(pthread_cond_wait(&s.answered, &s.lock) == 0);
	CHECK(pthread_mutex_unlock(&s.lock) == 0);
	must(p.err.code, &p.err);
	arena_clear(&a);
	return p.index;
}

struct ledger_mirror_batch city_batch(struct city *from, struct city *to, struct arena *a,
	uint64_t end)
{
	struct ledger_mirror_batch batch = { .origin = ledger_origin(from->ledger) };
	struct ledger_mirror_state state = { .size = 0 };
	struct digest *leaves;
	struct str *entries;
	struct err e;

	must(ledger_checkpoint(from->ledger, a, &batch.checkpoint, &batch.size, &e), &e);
	if (ledger_mirror_state(to->ledger, a, batch.origin, &state, &e) != ERR_OK)
		CHECK(e.code == ERR_NOT_FOUND);
	batch.first_index = state.size;
	batch.count = (uint32_t)((end == 0 ? batch.size : end) - state.size);
	entries = ARENA_ARRAY(a, struct str, batch.count);
	leaves = ARENA_ARRAY(a, struct digest, batch.count);
	CHECK(entries && leaves);
	for (uint32_t i = 0; i < batch.count; i++) {
		struct ledger_found found;
		must(ledger_entry(from->ledger, a, STR(""), state.size + i, &found, &e), &e);
		entries[i] = found.receipt_bytes;
		leaves[i] = digest_sha256_leaf(entries[i]);
	}
	batch.entries = entries;
	batch.leaf_hashes = leaves;
	return batch;
}

void city_mirror(struct city *from, struct city *to)
{
	struct ledger_mirror_batch batch;
	struct arena a;
	struct err e;

	arena_init(&a, 256 << 20);
	batch = city_batch(from, to, &a, 0);
	must(ledger_mirror(to->ledger, &batch, &e), &e);
	arena_clear(&a);
}

enum err_code city_admit(struct city *from, struct city *to, uint64_t index, struct err *e)
{
	struct ledger_found found;
	enum err_code code;
	struct arena a;

	arena_init(&a, 4 << 20);
	must(ledger_entry(from->ledger, &a, STR(""), index, &found, e), e);
	code = ledger_admit(to->ledger, found.origin, index, found.body, found.jws, e);
	arena_clear(&a);
	return code;
}

void city_found(struct city *c)
{
	struct arena a;

	arena_init(&a, 16 << 20);
	(void)city_publish(c, city_did_document(c, &a, &c->node, 1, &c->node));
	(void)city_publish(c, city_did_document(c, &a, &c->lab, 1, &c->node));
	(void)city_publish(c, city_accreditation(c, &a, "2020-01-01T00:00:00Z",
		"2030-12-31T00:00:00Z"));
	arena_clear(&a);
}
