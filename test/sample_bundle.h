/* sample_bundle.h - two sample cities with logs in memory, and bundles made of what they logged. */
#ifndef HUREN_TEST_SAMPLE_BUNDLE_H
#define HUREN_TEST_SAMPLE_BUNDLE_H

#include "credential/bundle.h"
#include "credential/status_list.h"
#include "sample.h"

#define SAMPLE_HOST "a.example"
#define SAMPLE_CITY "did:web:a.example"
#define SAMPLE_LAB "did:web:a.example:org:91000000000000000X"
#define SAMPLE_PEER_HOST "b.example"
#define SAMPLE_PEER "did:web:b.example"
#define SAMPLE_REVOCATION "https://a.example/status-lists/revocation-0"
#define SAMPLE_SUSPENSION "https://a.example/status-lists/suspension-0"
#define SAMPLE_SLOT 94567
#define SAMPLE_LEVELS 24

struct sample_log {
	struct str origin;
	struct key key;
	struct note_key note_key;
	struct key witness_key;            /* of the other city */
	struct note_key witness_note_key;
	uint64_t capacity;
	uint64_t counts[SAMPLE_LEVELS];
	struct digest *levels[SAMPLE_LEVELS];
};

struct sample_entry {
	struct sample_log *log;
	struct str text;           /* canonical statement */
	struct str receipt;
	struct statement statement;
	uint64_t index;
};

/* One report and all that carries it. Entries are pointers into `entries`. */
#define SAMPLE_ENTRIES_MAX 32
struct sample_world {
	struct arena *a;
	struct sample_party city, peer, lab;
	struct sample_log log, peer_log;
	uint32_t entry_count;
	struct sample_entry entries[SAMPLE_ENTRIES_MAX];
	const struct sample_entry *city_doc, *peer_doc, *lab_doc, *accreditation, *revocation,
		*suspension, *report;
	bool sm2;                  /* sign with both suites */
	struct str policy_text;
	struct policy *policy;
};

/* Logs with room for 2^`level` entries. The world has the DID documents, nothing else. */
void sample_world_init(struct sample_world *w, struct arena *a, unsigned level, bool sm2);
/* Signs `doc` by `signer` and logs it in `log` at `time`. */
const struct sample_entry *sample_publish(struct sample_world *w, struct sample_log *log,
	struct json *doc, const struct sample_party *signer, int64_t time);
/* Logs a text as it is, with a receipt for it. */
const struct sample_entry *sample_admit(struct sample_world *w, struct sample_log *log,
	struct str text, int64_t time);
/* Entries of others. */
void sample_log_fill(struct sample_log *log, uint64_t count);
/* A DID document of `party` listing its two keys. `revoked`: the Ed25519 key ends then; 0 = never.
 */
struct json *sample_did_doc(struct sample_world *w, const struct sample_party *issuer,
	const struct sample_party *party, uint64_t version, int64_t revoked);
struct json *sample_status_list(struct sample_world *w, const char *purpose, const char *list_id,
	bool set);
struct json *sample_status_change(struct sample_world *w, const struct sample_party *issuer,
	const struct sample_entry *target, const char *word);
/* Accreditation of the lab for items 6.1.1 to 6.1.4, status lists, and a report of two of them with
 * a status entry in each list. */
void sample_world_report(struct sample_world *w);
struct json *sample_report_subject(struct sample_world *w);

struct str sample_checkpoint(struct sample_world *w, const struct sample_log *log, uint64_t size,
	bool cosigned);
struct merkle_proof sample_prove(const struct sample_log *log, uint64_t index, uint64_t size);
/* A bundle of these entries against checkpoints of the whole logs, the first being the main one. */
struct str sample_bundle(struct sample_world *w, const struct sample_entry *const *entries,
	size_t count);
/* The usual bundle of w->report. */
struct str sample_report_bundle(struct sample_world *w);

#endif
