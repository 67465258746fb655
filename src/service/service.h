/* service.h - what the node can do, one file a capability: who may, in which order.
 *
 * Is:      the handle all service_* calls take, and the calls that web/ and cli/ use. Reading calls
 *          fill one JSON model (the page's twin); writing calls take a parsed request and return
 *          a model.
 * Is not:  HTTP, HTML, SQL text (store/sql_table.h).
 * Errors:  ERR_INVALID for what was typed (err.message names the field first: `field "vins": ...`).
 */
#ifndef HUREN_SERVICE_SERVICE_H
#define HUREN_SERVICE_SERVICE_H

#include "base/json.h"
#include "ledger/ledger.h"

struct service;
struct rules;                                    /* recognition/rules.h */

struct node_peer {
	struct str domain, did, url, colour;
	struct str name_zh, name_en;
	struct note_key tlog_key, witness_key;
	struct str tlog_vkey, witness_vkey;
};
struct node_witness {
	struct str url;                          /* submission prefix */
	struct note_key key;
};
/* Where mail goes out; `url` empty: not set up. */
struct node_mail {
	struct str url;                          /* "smtp://host:587", "smtps://host" */
	struct str from;                         /* address of the sender */
	struct str user, password, ca_file;      /* may be empty */
	bool plain;                              /* smtp:// without STARTTLS */
	uint32_t daily_hour, retry_s;
};
/* "files" of node.json: what organisations may keep, and how it is looked at. */
struct node_files {
	uint64_t quota_mb;                       /* of an organisation that has no row below */
	size_t quota_count;
	struct { struct str code; uint64_t mb; } quotas[LIMIT_FILES_QUOTAS];
	size_t scan_count;                       /* 0: nothing scans */
	char *scan[LIMIT_SCAN_WORDS + 2];        /* program and words; room for the file and NULL */
	uint32_t scan_s, keep_s;
};
/* node.json, parsed; lives in its own arena. */
struct node_config {
	struct arena arena;
	char dir[512];
	struct str domain, did, origin, url, listen, colour, name_zh, name_en;
	struct ledger_keys keys;
	struct str token;
	struct str backup_dir;                   /* absolute, or empty: no backups by the node */
	bool no_rate_limits;                     /* another program in front sees to them */
	bool behind_proxy;                       /* X-Forwarded-For of a local proxy is true */
	struct node_files files;
	size_t peer_count;
	struct node_peer peers[LIMIT_PEERS];
	size_t witness_count;                    /* beside the peers */
	struct node_witness witnesses[LIMIT_PEERS];
	struct node_mail mail;
};
/* service/config.c. ERR_INVALID with the place in the file. */
MUST_USE enum err_code node_config_load(const char *dir, struct node_config *ret, struct err *e);
void node_config_clear(struct node_config *c);

struct service_hooks {
	/* after each new checkpoint, from the writer; cheap */
	void (*on_checkpoint)(void *context);
	void *context;
};
/* Opens the ledger with the services' projections. `rules_dir` holds schemes/, agreements/,
 * schema/. `hooks` may be NULL. Nothing is signed yet: see service_issue_first. */
MUST_USE enum err_code service_open(const struct node_config *config, const char *rules_dir,
	const struct service_hooks *hooks, struct service **ret, struct err *e);
/* First start only (else nothing to do): the node's own DID document at index 0 and its status
 * lists. To be called after peer_open, which asks the witnesses for our size before anything is
 * signed. */
MUST_USE enum err_code service_issue_first(struct service *s, struct err *e);
void service_close(struct service *s);
struct ledger *service_ledger(struct service *s);
const struct node_config *service_config(struct service *s);
const struct rules *service_rules(struct service *s);
/* Where what happens now is told to who listens (event.h). */
struct event_ring;
struct event_ring *service_events(struct service *s);

/* What a look at the present log of a distrusted peer found. */
enum peer_judged {
	PEER_NOT_JUDGED,                         /* not yet, or it did not answer: judged_problem */
	PEER_GOES_ON,                            /* it extends every head and entry held here */
	PEER_CONTRADICTS
};
/* How fresh a peer is known; set by peer/, shown on every page that shows the peer's state. */
struct peer_state {
	uint64_t size;                           /* mirrored entries */
	/* last time a checkpoint of it was confirmed, 0 never */
	int64_t as_of;
	int64_t last_try;
	uint64_t cosigned_size;                  /* of our log, by it */
	int64_t cosigned_at;
	/* "" when well; why it is stale or no longer trusted */
	char problem[256];
	bool distrusted;                         /* forked or went backwards: both heads are kept */
	enum peer_judged judged;                 /* while distrusted */
	uint64_t judged_size;                    /* entries of its log then */
	int64_t judged_at;
	char judged_problem[256];
	bool clock_known;                        /* by its cosignature's time */
	int64_t clock_s;                         /* its clock less ours */
};
/* A witness that is no peer, by its place in node.json; set by peer/. */
struct cosigner_state {
	uint64_t size;                           /* cosigned by it since the start */
	int64_t at;
	char problem[256];
};
void service_witness_state_set(struct service *s, size_t witness,
	const struct cosigner_state *state);
struct cosigner_state service_witness_state(struct service *s, size_t witness);
void service_peer_state_set(struct service *s, size_t peer, const struct peer_state *state);
struct peer_state service_peer_state(struct service *s, size_t peer);
/* Fetches a body from a peer; given by peer/ (it is above): set once before service_start_work. */
struct service_fetcher {
	enum err_code (*fetch_body)(void *context, struct str origin, const uint8_t id_key[16],
		struct err *e);                  /* admits it on success */
	void *context;
};
MUST_USE enum err_code service_start_work(struct service *s, const struct service_fetcher *fetcher,
	struct err *e);
void service_stop_work(struct service *s);       /* before peer_close: the work uses the fetcher */
void service_wake(struct service *s);            /* something new was admitted */

/* ---- reading: one model each. `query` is the raw query values, validated inside -------------- */
struct list_query {
	struct str text;                         /* search box */
	struct str kind, state, city;            /* filters, may be empty */
	struct str after, before;                /* page keys, at most one; may be empty */
	struct str sort;                         /* an order; "-" before it: downwards */
	uint32_t rows;                           /* 0: LIST_ROWS, at most LIMIT_PAGE_ROWS */
};
#define LIST_ROWS 50
MUST_USE enum err_code service_home(struct service *s, struct arena *a, struct json **ret,
	struct err *e);
MUST_USE enum err_code service_reports(struct service *s, struct arena *a,
	const struct list_query *q,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_decisions(struct service *s, struct arena *a,
	const struct list_query *q,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_organisations(struct service *s, struct arena *a,
	const struct list_query *q, struct json **ret, struct err *e);
/* A statement with its proof drawing: receipt, index, checkpoint, witnesses, status, history, and
 * the body when `entitled` or its disclosure is open. */
MUST_USE enum err_code service_statement(struct service *s, struct arena *a,
	const uint8_t id_key[16],
	bool entitled, struct json **ret, struct err *e);
/* By report number (exactly) -> same model; ERR_NOT_FOUND. */
MUST_USE enum err_code service_report_by_number(struct service *s, struct arena *a,
	struct str number,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_peers(struct service *s, struct arena *a, struct json **ret,
	struct err *e);
MUST_USE enum err_code service_peer_card(struct service *s, struct arena *a, struct json **ret,
	struct err *e);                          /* /peer.json */
MUST_USE enum err_code service_did_document(struct service *s, struct arena *a, struct str did,
	struct json **ret, struct err *e);
MUST_USE enum err_code service_schemes(struct service *s, struct arena *a, struct json **ret,
	struct err *e);

/* ---- bundles --------------------------------------------------------------------------------- */
MUST_USE enum err_code service_bundle(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct str *ret, struct err *e);
MUST_USE enum err_code service_tlog_proof(struct service *s, struct arena *a,
	const uint8_t id_key[16],
	struct str *ret, struct err *e);         /* .tlog-proof text */
/* Public check of an uploaded bundle against this node's trust policy: model of the steps. */
MUST_USE enum err_code service_check(struct service *s, struct arena *a, struct str bundle,
	struct json **ret, struct err *e);
/* The tlog-policy text this node publishes at /trust.policy: own log, peers' logs, witnesses. */
MUST_USE enum err_code service_trust_policy(struct service *s, struct arena *a, struct str *ret,
	struct err *e);

/* ---- writing (token checked by web/) --------------------------------------------------------- */
/* {"name","registeredId" (USCC),"role","keys":[multikey...]} or without keys: the node makes and
 * seals them under {"passphrase"}. Publishes the DID document. */
MUST_USE enum err_code service_organisation_add(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e);
/* {"lab":did|USCC,"certificateType","certificateNumber","scope":[{"scheme","edition","items"}],
 *  "validFrom","validUntil"} */
MUST_USE enum err_code service_accredit(struct service *s, struct arena *a,
	const struct json *request,
	struct json **ret, struct err *e);
/* {"agreement":{...},"parties":[...]} -> unsigned+own proof statement; or a statement with the
 * other side's proof -> own proof added. Does not publish. */
MUST_USE enum err_code service_agreement_sign(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e);
/* A status slot for a report to be signed. */
MUST_USE enum err_code service_status_slot(struct service *s, struct arena *a, struct json **ret,
	struct err *e);
/* {"id","status","reason":{"zh-CN","en"}} by the authority; labs submit their own signed
 * statement. */
MUST_USE enum err_code service_status_change(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e);
/* {"reports":[ids],"applicant","vins","fingerprint","odd","documents"}: returns {"id","state"};
 * the model of one request is service_request. */
MUST_USE enum err_code service_recognition_request(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e);
MUST_USE enum err_code service_request(struct service *s, struct arena *a, struct str id,
	struct json **ret, struct err *e);
/* Replays a decision from its logged inputs:
 * {"same":bool,"today":{"same":bool,...},"items":[...]}. */
MUST_USE enum err_code service_explain(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct json **ret, struct err *e);
/* Does it stand open to the account because its organisation issued or holds it? Takes the
 * capability "read-own"; false for a statement that is not here, too. */
struct account_who;
bool service_reads_own(struct service *s, struct arena *a, const struct account_who *by,
	const uint8_t id_key[16]);
/* May a peer (verified DID of its request key) read this body? ERR_DENIED says why; writes the
 * trail. */
MUST_USE enum err_code service_disclose(struct service *s, struct arena *a, struct str peer_did,
	const uint8_t id_key[16], struct ledger_found *ret, struct err *e);

#endif
