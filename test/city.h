/* city.h - a sample node in a temporary folder with its ledger, lab and keys, for tests and
 * benchmarks of ledger/ and above. Functions end the program when they cannot do their work: tests
 * only. */
#ifndef HUREN_TEST_CITY_H
#define HUREN_TEST_CITY_H

#include "ledger/ledger.h"
#include "sample.h"

#define CITY_LAB_CODE "91500118MA5YCL0184"

struct city {
	char dir[256];
	struct arena arena;        /* names and parties */
	struct ledger_options options;
	struct ledger *ledger;
	struct sample_party node;
	struct sample_party lab;
	uint32_t next_number;      /* of statement ids */
	uint32_t id_seed;
};

/* Names and keys; the folder is made. `seed` makes the keys. Nothing is opened. */
void city_init(struct city *c, const char *domain, uint8_t seed);
/* The same in a folder that stands already. */
void city_init_at(struct city *c, const char *dir, const char *domain, uint8_t seed);
void city_open(struct city *c);
void city_close(struct city *c);
/* Closes, removes the folder. */
void city_clear(struct city *c);
/* A new folder below TMPDIR, or /tmp, named after `word`. With HUREN_TEMPLATE in the environment it
 * has the database of that file: an empty one, so that not every test makes all tables anew. */
void city_make_folder(char *ret, size_t room, const char *word);
/* Removes a folder that city_make_folder or mkdtemp made, "/tmp/huren-...", and all below it. */
void city_remove_folder(const char *path);

/* Signed statements as canonical text in the arena; each has an id of its own. */
struct str city_did_document(struct city *c, struct arena *a, const struct sample_party *of,
	uint64_t version, const struct sample_party *signer);
struct str city_accreditation(struct city *c, struct arena *a, const char *from, const char *until);
/* Report of the lab made of the sample draft with items kept up to `items`; tested in July 2024. */
struct str city_report(struct city *c, struct arena *a, uint32_t items);
struct str city_status(struct city *c, struct arena *a, const struct sample_party *issuer,
	struct str target_text, const char *word);
/* A small statement of the node, kind decision. */
struct str city_decision(struct city *c, struct arena *a);
struct str city_agreement(struct city *c, struct arena *a, struct city *other);
/* Any subject. */
struct str city_statement(struct city *c, struct arena *a, enum kind kind,
	const struct sample_party *issuer, struct json *subject);
/* Not signed yet. */
struct json *city_doc(struct city *c, struct arena *a, enum kind kind,
	const struct sample_party *issuer, struct json *subject);

/* Publishes and gives the index. */
uint64_t city_publish(struct city *c, struct str text);
/* Code of a refusal; the message in `e`. */
enum err_code city_try(struct city *c, struct str text, struct err *e);
/* Entries of `from` that `to` does not have yet, as a mirror that proved them would hand them over:
 * those below `end` (0: all) against the newest checkpoint. In the arena. */
struct ledger_mirror_batch city_batch(struct city *from, struct city *to, struct arena *a,
	uint64_t end);
/* Mirrors all. */
void city_mirror(struct city *from, struct city *to);
/* Hands the body at an index over. */
enum err_code city_admit(struct city *from, struct city *to, uint64_t index, struct err *e);
/* Publishes without asking the door. */
uint64_t city_slip_in(struct city *c, struct str text);
/* DID document of the node, of the lab, accreditation of the lab for 2020 to 2030: three entries.
 *  */
void city_found(struct city *c);

#endif
