/* model.h - the pieces every page's model is made of (doc/models.md): city, party, head, facts,
 * peer. */
#ifndef HUREN_SERVICE_MODEL_H
#define HUREN_SERVICE_MODEL_H

#include "recognition/decision.h"
#include "service/service.h"

/* A statement known here, parsed when its body is here. */
struct model_statement {
	struct ledger_found found;
	bool has_body;
	struct statement statement;
	struct str state;                  /* "valid", "withdrawn", "affected" ... */
	struct str reason_zh, reason_en;   /* of the status change, when there was one */
	int64_t state_since;
};
/* ERR_NOT_FOUND. */
MUST_USE enum err_code model_load(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct model_statement *ret, struct err *e);
/* The same from what the ledger gave. */
MUST_USE enum err_code model_from_found(struct service *s, struct arena *a,
	const struct ledger_found *found, struct model_statement *ret, struct err *e);
bool model_is_open(const struct model_statement *m);

struct json *model_city(struct service *s, struct arena *a, struct str origin);
/* Sets "city", and "as_of" when it is known from a peer. */
struct json *model_put_city(struct service *s, struct arena *a, struct json *v, struct str origin);
struct json *model_cities(struct service *s, struct arena *a);
struct json *model_party(struct service *s, struct arena *a, struct str did);
struct json *model_text(struct arena *a, struct str zh, struct str en);
struct json *model_time(struct arena *a, int64_t at);
struct json *model_node(struct service *s, struct arena *a);
struct json *model_peer(struct service *s, struct arena *a, size_t peer, uint64_t own_size);
/* "head" of doc/models.md. */
struct json *model_head(struct service *s, struct arena *a, const struct model_statement *m);
/* "facts", or NULL when the body is not here. */
struct json *model_facts(struct service *s, struct arena *a, const struct model_statement *m);
/* The open facts of a report or decision as its row keeps them, so that lists read no body:
 * canonical JSON in the arena, which needs MODEL_FACTS_ARENA_BYTES for the largest statement. */
#define MODEL_FACTS_ARENA_BYTES (4u << 20)
MUST_USE enum err_code model_facts_to_keep(struct arena *a, enum kind kind,
	const struct json *subject, struct str *ret, struct err *e);
/* "facts" from what was kept. */
struct json *model_kept_facts(struct service *s, struct arena *a, enum kind kind,
	struct json *kept);
/* head + facts. */
struct json *model_row(struct service *s, struct arena *a, const struct model_statement *m);
/* The frame of a list: now, query, cities, rows. */
struct json *model_list(struct service *s, struct arena *a, const struct list_query *query,
	struct json *rows);
/* Its "next" and "previous". */
struct list_page;
MUST_USE enum err_code model_page(struct arena *a, struct json *list, const struct list_page *page,
	struct err *e);
/* Inputs of a decision that are not valid now; used for "affected". First one in ret_*. */
MUST_USE enum err_code model_decision_cause(struct service *s, const uint8_t id_key[16],
	uint8_t ret_input[16], bool *ret_any, struct err *e);

#endif
