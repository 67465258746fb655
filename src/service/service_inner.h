/* service_inner.h - what the files of service/ share: the handle and a few helpers.
 *
 * Is not:  for any other floor.
 */
#ifndef HUREN_SERVICE_SERVICE_INNER_H
#define HUREN_SERVICE_SERVICE_INNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "recognition/rules.h"
#include "service/service.h"

struct account_who;                        /* account.h */
struct accounts;                           /* account_inner.h */
struct alliance;                           /* alliance_inner.h */
struct listings;                           /* listing_inner.h */
struct keeper;                             /* keeper.h */
struct files;                              /* files_inner.h */
struct evaluator;                          /* draft_evaluation.h */

struct service {
	const struct node_config *config;
	struct accounts *accounts;
	struct alliance *alliance;
	struct listings *listings;
	struct keeper *keeper;
	int64_t started;
	struct files *files;
	struct event_ring *events;
	struct ledger *ledger;
	struct rules *rules;
	struct evaluator *evaluator;       /* draft_evaluation.h; while working */
	pthread_mutex_t lock;              /* guards everything below */
	pthread_cond_t wake;
	struct peer_state peers[LIMIT_PEERS];
	struct cosigner_state witnesses[LIMIT_PEERS];
	struct service_fetcher fetcher;
	bool working;                      /* the work thread runs */
	bool stop;
	bool woken;
	struct service_hooks hooks;
	/* by the batch being written: lists are to be issued again */
	atomic_bool status_changed;
	pthread_t thread;
	int64_t clocks_at;                 /* of the work thread: when clocks were last looked at */
};

/* projections, inside the writer's transaction: one of each file (service.c lists them) */
MUST_USE enum err_code organisation_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code accreditation_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code agreement_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code report_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code status_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code decision_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code listing_project(void *context, struct store *s,
	const struct ledger_event *event, struct err *e);
MUST_USE enum err_code alliance_project(void *context, struct store *s,
	const struct ledger_event *event, struct err *e);
MUST_USE enum err_code recomputation_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);
MUST_USE enum err_code draft_project(void *context, struct store *s,
	const struct ledger_event *event, struct err *e);

MUST_USE enum err_code files_project(void *context, struct store *s,
	const struct ledger_event *event,
	struct err *e);

/* steps of the work thread; each does what is due and returns */
void status_work(struct service *s);        /* issues status lists again after a change */
void recognition_work(struct service *s);   /* takes open recognition requests one step further */
/* Is every report of the request here with its body? Fetches what is missing; else the state says
 * what is waited for (waiting-receipt, waiting-body, failed), `detail` what and why. */
bool recognition_bodies(struct service *s, struct arena *a, const struct json *request,
	const char **ret_state, struct str *ret_detail);

/* Is this issuer or holder the account's own organisation (disclosure.c)? */
bool disclosure_is_own(struct service *s, struct store *store, const struct account_who *by,
	struct str did);

/* First start: the node's own DID document at index 0, and the first status lists. */
MUST_USE enum err_code organisation_issue_own(struct service *s, struct err *e);
MUST_USE enum err_code status_issue_first(struct service *s, struct err *e);

/* A random version 4 UUID. */
void service_uuid(uint8_t ret[16]);
/* The id that a request wants for its statement ("newId": "urn:uuid:..."), so that asking again
 * gives no second one; without it a random one. ERR_INVALID. */
MUST_USE enum err_code service_new_id(const struct json *request, uint8_t ret[16], struct err *e);
/* "2026-11-24T03:04:05Z" in the arena. */
struct str service_instant(struct arena *a, int64_t at);
/* Status word of a statement as projected here: "valid", "withdrawn", "suspended"; with the reason
 * texts (borrowed from the arena) when it is not valid. */
struct status_found {
	struct str word;
	struct str reason_zh, reason_en;
	int64_t at;
	uint8_t by[16];                    /* id of the status statement */
};
MUST_USE enum err_code status_find(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct status_found *ret, struct err *e);
/* Display name of a DID as known here (organisation table), or the DID itself. */
struct str organisation_name(struct service *s, struct arena *a, struct str did);
/* Rows of its accreditations known here, as /organisations shows them. */
struct json *organisation_accreditations(struct service *s, struct arena *a, struct str did);
/* The peer whose tlog has this origin, or NULL; own origin gives NULL too. */
const struct node_peer *service_peer_of(struct service *s, struct str origin, size_t *ret_index);
/* What a list with one statement of its own reads from its query: page key, rows, and "own", "peer"
 * or "" for the city. Lists with orders and filters: list.h. */
struct list_frame {
	int64_t before;
	uint32_t rows;
	struct str city;
};
MUST_USE enum err_code service_list_frame(struct service *s, const struct list_query *query,
	struct list_frame *ret, struct err *e);
struct list_plan;                          /* list.h */
/* A page of reports or decisions: filters city and state, words; `row` reads one (report.c). */
MUST_USE enum err_code service_statement_list(struct service *s, struct arena *a,
	struct list_plan *plan, const char *const *states, enum sql_id row,
	const struct list_query *query, struct json **ret, struct err *e);

#endif
