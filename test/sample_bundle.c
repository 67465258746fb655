/* sample_bundle.c - see sample_bundle.h. */
#include "sample_bundle.h"

#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"

#define OK(call)                                          \
	do {                                              \
		struct err err_ = { 0 }, *e = &err_;      \
		CHECK((call) == ERR_OK);                  \
	} while (0)

static void log_init(struct sample_log *log, struct arena *a, const char *host, uint8_t seed,
	const char *witness_host, unsigned level)
{
	struct str witness_name = str_printf(a, "%s/witness", witness_host);

	*log = (struct sample_log){ .origin = str_printf(a, "%s/tlog", host),
		.key = sample_key(KEY_ED25519, seed),
		.witness_key = sample_key(KEY_ED25519, seed + 1),
		.capacity = UINT64_C(1) << level };
	CHECK(level < SAMPLE_LEVELS);
	for (unsigned i = 0; i <= level; i++) {
		log->levels[i] = ARENA_ARRAY(a, struct digest, log->capacity >> i);
		CHECK(log->levels[i]);
	}
	OK(note_key_make(log->origin, NOTE_ED25519, &log->key.pub, &log->note_key, e));
	OK(note_key_make(witness_name, NOTE_COSIGNATURE, &log->witness_key.pub,
		&log->witness_note_key, e));
}

static uint64_t append(struct sample_log *log, struct digest leaf)
{
	uint64_t index = log->counts[0];

	CHECK(index < log->capacity);
	for (unsigned level = 0;; level++) {
		uint64_t count = log->counts[level]++;
		log->levels[level][count] = leaf;
		if (count % 2 == 0)
			return index;
		leaf = digest_sha256_node(&log->levels[level][count - 1], &leaf);
	}
}

void sample_log_fill(struct sample_log *log, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		char text[8];
		memcpy(text, &i, sizeof(text));
		(void)append(log, digest_sha256_leaf((struct str){ text, sizeof(text) }));
	}
}

static enum err_code node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	const struct sample_log *log = context;

	(void)e;
	CHECK(index < log->counts[level]);
	*ret = log->levels[level][index];
	return ERR_OK;
}

struct merkle_proof sample_prove(const struct sample_log *log, uint64_t index, uint64_t size)
{
	struct sample_log copy = *log;
	struct merkle_reader reader = { node, &copy };
	struct merkle_proof proof;

	OK(merkle_prove_inclusion(&reader, index, size, &proof, e));
	return proof;
}

struct str sample_checkpoint(struct sample_world *w, const struct sample_log *log, uint64_t size,
	bool cosigned)
{
	struct sample_log copy = *log;
	struct merkle_reader reader = { node, &copy };
	struct checkpoint c = { .origin = log->origin, .size = size };
	SCOPED_BUF b = { 0 }, text = { 0 };

	buf_init(&b, 65536);
	buf_init(&text, 65536);
	OK(merkle_root(&reader, size, &c.root, e));
	OK(checkpoint_sign(&b, &c, &log->note_key, &log->key, NULL, NULL, e));
	checkpoint_put(&text, &c);
	if (cosigned)
		OK(cosignature_sign(&b, buf_str(&text), SAMPLE_TIME + 100, &log->witness_note_key,
			&log->witness_key, e));
	return str_copy(w->a, buf_str(&b));
}

const struct sample_entry *sample_admit(struct sample_world *w, struct sample_log *log,
	struct str text, int64_t time)
{
	struct sample_entry *entry = &w->entries[w->entry_count++];
	struct statement s = sample_parse(w->a, text);
	struct receipt r = { .kind = s.kind, .disclosure = kind_row(s.kind)->disclosure, .id = s.id,
		.issuer = s.issuer, .time = time, .digest = s.digest };
	SCOPED_BUF b = { 0 };

	CHECK(w->entry_count <= SAMPLE_ENTRIES_MAX);
	buf_init(&b, LIMIT_RECEIPT_BYTES);
	receipt_put(&b, &r);
	*entry = (struct sample_entry){ .log = log, .text = text,
		.receipt = str_copy(w->a, buf_str(&b)), .statement = s };
	entry->index = append(log, digest_sha256_leaf(entry->receipt));
	return entry;
}

const struct sample_entry *sample_publish(struct sample_world *w, struct sample_log *log,
	struct json *doc, const struct sample_party *signer, int64_t time)
{
	sample_sign(w->a, doc, signer, w->sm2, time);
	return sample_admit(w, log, sample_text(w->a, doc), time);
}

struct json *sample_did_doc(struct sample_world *w, const struct sample_party *issuer,
	const struct sample_party *party, uint64_t version, int64_t revoked)
{
	struct did_document doc = { .did = party->did, .name = party->name,
		.role = str_eq(party->did, w->lab.did) ? STR("lab") : STR("authority"),
		.version = version, .key_count = 2 };

	doc.keys[0] = (struct did_key){ .id = party->method, .pub = party->key.pub,
		.asserts = true, .valid_until = revoked > 0 ? revoked : INT64_MAX };
	doc.keys[1] = (struct did_key){ .id = party->method_sm2, .pub = party->key_sm2.pub,
		.asserts = true, .valid_until = INT64_MAX };
	return sample_doc(w->a, KIND_DID_DOCUMENT, w->entry_count + 1, issuer,
		did_document_subject(w->a, &doc, STR("91000000000000000X")));
}

struct json *sample_status_list(struct sample_world *w, const char *purpose, const char *list_id,
	bool set)
{
	struct status_list *l = ARENA_NEW(w->a, struct status_list);
	struct str encoded;

	CHECK(l);
	status_list_set(l, 7, true);
	status_list_set(l, SAMPLE_SLOT, set);
	OK(status_list_encode(w->a, l, &encoded, e));
	return sample_doc(w->a, KIND_STATUS_LIST, w->entry_count + 1, &w->city,
		status_list_subject(w->a, str_of(list_id), purpose, encoded));
}

struct json *sample_status_change(struct sample_world *w, const struct sample_party *issuer,
	const struct sample_entry *target, const char *word)
{
	struct json *v = json_new_object(w->a), *reason = json_new_object(w->a);

	json_set_text(w->a, reason, "en", "sample");
	json_set_text(w->a, reason, "zh-CN", "示例");
	json_set_str(w->a, v, "id", target->statement.id);
	json_set_text(w->a, v, "type", "StatusChange");
	json_set_str(w->a, v, "digest",
		base64url_new(w->a, target->statement.digest.at, DIGEST_BYTES));
	json_set_text(w->a, v, "status", word);
	json_set(w->a, v, "reason", reason);
	return sample_doc(w->a, KIND_STATUS, w->entry_count + 1, issuer, v);
}

static void make_policy(struct sample_world *w)
{
	w->policy_text = str_printf(w->a, "log " STR_FMT "\nlog " STR_FMT "\nwitness peer " STR_FMT
		"\nwitness city " STR_FMT "\ngroup either any peer city\nquorum either\n",
		STR_ARG(note_vkey_text(w->a, &w->log.note_key)),
		STR_ARG(note_vkey_text(w->a, &w->peer_log.note_key)),
		STR_ARG(note_vkey_text(w->a, &w->log.witness_note_key)),
		STR_ARG(note_vkey_text(w->a, &w->peer_log.witness_note_key)));
	OK(policy_parse(w->a, w->policy_text, &w->policy, e));
}

void sample_world_init(struct sample_world *w, struct arena *a, unsigned level, bool sm2)
{
	*w = (struct sample_world){ .a = a, .sm2 = sm2 };
	w->city = sample_party(a, STR(SAMPLE_CITY), "甲市主管部门（示例）", 1);
	w->peer = sample_party(a, STR(SAMPLE_PEER), "乙市主管部门（示例）", 2);
	w->lab = sample_party(a, STR(SAMPLE_LAB), "示例检验检测中心", 3);
	log_init(&w->log, a, SAMPLE_HOST, 10, SAMPLE_PEER_HOST, level);
	log_init(&w->peer_log, a, SAMPLE_PEER_HOST, 20, SAMPLE_HOST, level);
	make_policy(w);
	w->city_doc = sample_publish(w, &w->log, sample_did_doc(w, &w->city, &w->city, 1, 0),
		&w->city, SAMPLE_TIME);
	w->peer_doc = sample_publish(w, &w->peer_log, sample_did_doc(w, &w->peer, &w->peer, 1, 0),
		&w->peer, SAMPLE_TIME);
	w->lab_doc = sample_publish(w, &w->log, sample_did_doc(w, &w->city, &w->lab, 1, 0),
		&w->city, SAMPLE_TIME + 1);
}

struct json *sample_report_subject(struct sample_world *w)
{
	return sample_json(w->a,
		"{\"id\":\"urn:x\",\"type\":[\"ConformityAttestation\",\"Attestation\"],"
		"\"inspectionReport\":{\"number\":\"R-1\",\"scheme\":{\"id\":\"gbt-41798\","
		"\"edition\":\"2022\"}},\"assessment\":[{\"itemResult\":{\"item\":\"6.1.1\","
		"\"testedOn\":\"2026-11-20\"}},{\"itemResult\":{\"item\":\"6.1.4\","
		"\"testedOn\":\"2026-11-21\","
		"\"scheme\":{\"id\":\"gbt-41798\",\"edition\":\"2022\"}}}]}");
}

void sample_world_report(struct sample_world *w)
{
	struct json *doc = sample_doc(w->a, KIND_ACCREDITATION, w->entry_count + 1, &w->city,
		sample_json(w->a,
			"{\"id\":\"" SAMPLE_LAB "\",\"type\":\"AccreditedBody\","
			"\"name\":\"示例检验检测中心\",\"certificateType\":\"CMA\","
			"\"certificateNumber\":\"SAMPLE-1\",\"scope\":[{\"scheme\":\"gbt-41798\","
			"\"edition\":\"2022\","
			"\"items\":[\"6.1.1\",\"6.1.2\",\"6.1.3\",\"6.1.4\"]}]}"));
	json_set_text(w->a, doc, "validFrom", "2026-01-01T00:00:00Z");
	json_set_text(w->a, doc, "validUntil", "2031-12-31T00:00:00Z");
	w->accreditation = sample_publish(w, &w->log, doc, &w->city, SAMPLE_TIME + 2);
	w->revocation = sample_publish(w, &w->log,
		sample_status_list(w, "revocation", SAMPLE_REVOCATION, false), &w->city,
		SAMPLE_TIME + 3);
	w->suspension = sample_publish(w, &w->log,
		sample_status_list(w, "suspension", SAMPLE_SUSPENSION, false), &w->city,
		SAMPLE_TIME + 3);
	doc = sample_doc(w->a, KIND_REPORT, w->entry_count + 1, &w->lab, sample_report_subject(w));
	json_set(w->a, doc, "credentialStatus",
		sample_json(w->a,
			"[{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\","
			"\"statusListIndex\":\"94567\","
			"\"statusListCredential\":\"" SAMPLE_REVOCATION
			"\"},"
			"{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"suspension\","
			"\"statusListIndex\":\"94567\","
			"\"statusListCredential\":\"" SAMPLE_SUSPENSION
			"\"}]"));
	w->report = sample_publish(w, &w->log, doc, &w->lab, SAMPLE_TIME + 4);
}

struct str sample_bundle(struct sample_world *w, const struct sample_entry *const *entries,
	size_t count)
{
	struct bundle_part *parts = ARENA_ARRAY(w->a, struct bundle_part, count);
	const struct sample_log *logs[2] = { NULL, NULL };
	struct str notes[2];
	size_t log_count = 0;
	SCOPED_BUF b = { 0 };

	buf_init(&b, LIMIT_BUNDLE_BYTES);
	CHECK(parts);
	for (size_t i = 0; i < count; i++) {
		const struct sample_log *log = entries[i]->log;
		uint32_t k = 0;
		while (k < log_count && logs[k] != log)
			k++;
		if (k == log_count) {
			logs[log_count] = log;
			notes[log_count++] = sample_checkpoint(w, log, log->counts[0], true);
		}
		parts[i] = (struct bundle_part){ .statement = entries[i]->text,
			.receipt = entries[i]->receipt,
			.index = entries[i]->index,
			.path = sample_prove(log, entries[i]->index, log->counts[0]),
			.checkpoint = k };
	}
	OK(bundle_put(&b, parts, count, notes, log_count, e));
	return str_copy(w->a, buf_str(&b));
}

struct str sample_report_bundle(struct sample_world *w)
{
	const struct sample_entry *entries[] = { w->report, w->city_doc, w->lab_doc,
		w->accreditation, w->revocation, w->suspension };

	return sample_bundle(w, entries, 6);
}
