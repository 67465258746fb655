/* model.c - see model.h. */
#include "service/model.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "service/list.h"
#include "service/service_inner.h"

struct json *model_text(struct arena *a, struct str zh, struct str en)
{
	struct json *v = json_new_object(a);
	json_set_str(a, v, "zh-CN", zh.at ? zh : STR(""));
	json_set_str(a, v, "en", en.at ? en : STR(""));
	return v;
}

struct json *model_time(struct arena *a, int64_t at)
{
	return json_new_str(a, service_instant(a, at));
}

struct json *model_city(struct service *s, struct arena *a, struct str origin)
{
	const struct node_config *c = s->config;
	const struct node_peer *peer = service_peer_of(s, origin, NULL);
	bool own = origin.len == 0 || str_eq(origin, c->origin);
	struct json *v = json_new_object(a);
	json_set(a, v, "own", json_new_bool(a, own));
	if (own || peer) {
		json_set_str(a, v, "domain", own ? c->domain : peer->domain);
		json_set_str(a, v, "did", own ? c->did : peer->did);
		json_set_str(a, v, "colour", own ? c->colour : peer->colour);
		json_set(a, v, "name", own ? model_text(a, c->name_zh, c->name_en)
			: model_text(a, peer->name_zh, peer->name_en));
		return v;
	}
	struct str rest = origin;
	struct str host = str_cut(&rest, '/');
	json_set_str(a, v, "domain", host);
	json_set_str(a, v, "did", did_web_new(a, host));
	json_set_text(a, v, "colour", "#777777");
	json_set(a, v, "name", model_text(a, host, host));
	return v;
}

struct json *model_cities(struct service *s, struct arena *a)
{
	struct json *cities = json_new_array(a);
	json_push(a, cities, model_city(s, a, STR("")));
	for (size_t i = 0; i < s->config->peer_count; i++)
		json_push(a, cities, model_city(s, a, s->config->peers[i].tlog_key.name));
	return cities;
}

struct json *model_put_city(struct service *s, struct arena *a, struct json *v, struct str origin)
{
	int64_t as_of;
	size_t peer;

	v = json_set(a, v, "city", model_city(s, a, origin));
	if (!service_peer_of(s, origin, &peer))
		return v;
	as_of = service_peer_state(s, peer).as_of;
	return as_of > 0 ? json_set(a, v, "as_of", model_time(a, as_of)) : v;
}

struct json *model_party(struct service *s, struct arena *a, struct str did)
{
	struct json *v = json_new_object(a);
	struct str name = organisation_name(s, a, did);
	json_set_str(a, v, "id", did.at ? did : STR(""));
	if (!str_eq(name, did))
		json_set_str(a, v, "name", name);
	return v;
}

struct json *model_node(struct service *s, struct arena *a)
{
	const struct node_config *c = s->config;
	struct json *v = json_new_object(a);
	json_set_str(a, v, "domain", c->domain);
	json_set_str(a, v, "did", c->did);
	json_set(a, v, "name", model_text(a, c->name_zh, c->name_en));
	json_set_str(a, v, "colour", c->colour);
	json_set_str(a, v, "url", c->url);
	json_set_str(a, v, "origin", c->origin);
	json_set_str(a, v, "tlog_vkey", note_vkey_text(a, ledger_note_key(s->ledger)));
	if (ledger_note_key_sm2(s->ledger))
		json_set_str(a, v, "tlog_sm2_vkey", note_vkey_text(a,
			ledger_note_key_sm2(s->ledger)));
	json_set_str(a, v, "witness_vkey", note_vkey_text(a, ledger_witness_key(s->ledger)));
	return v;
}

#define PEER_FRESH_S 60

static const char *peer_word(const struct peer_state *state, int64_t now)
{
	if (state->distrusted)
		return "distrusted";
	if (state->as_of == 0)
		return "never";
	return now - state->as_of > PEER_FRESH_S ? "stale" : "fresh";
}

/* Both signed heads of a peer that forked. */
static struct json *peer_heads(struct service *s, struct arena *a, const struct node_peer *peer)
{
	struct json *heads = json_new_array(a);
	struct ledger_mirror_state state;
	if (ledger_mirror_state(s->ledger, a, peer->tlog_key.name, &state, NULL) != ERR_OK)
		return heads;
	if (state.fork_ours.len > 0)
		json_push(a, heads, json_new_str(a, state.fork_ours));
	if (state.fork_theirs.len > 0)
		json_push(a, heads, json_new_str(a, state.fork_theirs));
	return heads;
}

struct json *model_peer(struct service *s, struct arena *a, size_t i, uint64_t own_size)
{
	const struct node_peer *peer = &s->config->peers[i];
	struct peer_state state = service_peer_state(s, i);
	struct json *v = json_new_object(a);
	json_set_str(a, v, "domain", peer->domain);
	json_set_str(a, v, "did", peer->did);
	json_set(a, v, "name", model_text(a, peer->name_zh, peer->name_en));
	json_set_str(a, v, "colour", peer->colour);
	json_set_str(a, v, "url", peer->url);
	json_set_str(a, v, "tlog_vkey", peer->tlog_vkey);
	json_set_str(a, v, "witness_vkey", peer->witness_vkey);
	json_set_text(a, v, "state", peer_word(&state, instant_now()));
	json_set_number(a, v, "size", (double)state.size);
	if (state.as_of > 0)
		json_set(a, v, "as_of", model_time(a, state.as_of));
	if (state.last_try > 0)
		json_set(a, v, "last_try", model_time(a, state.last_try));
	json_set_number(a, v, "cosigned_size", (double)state.cosigned_size);
	if (state.cosigned_at > 0)
		json_set(a, v, "cosigned_at", model_time(a, state.cosigned_at));
	json_set_number(a, v, "behind", own_size > state.cosigned_size
		? (double)(own_size - state.cosigned_size) : 0.0);
	if (state.problem[0])
		json_set_str(a, v, "problem", str_copy(a, str_of(state.problem)));
	json_set(a, v, "heads", state.distrusted ? peer_heads(s, a, peer) : json_new_array(a));
	return v;
}

/* ---- statements ------------------------------------------------------------------------------ */

enum err_code model_decision_cause(struct service *s, const uint8_t id_key[16],
	uint8_t ret_input[16],
	bool *ret_any, struct err *e)
{
	struct store *store;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DECISION_INPUTS);
	sql_bind_blob(q, 1, id_key, 16);
	*ret_any = false;
	for (;;) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		if (sql_is_null(q, 2))
			continue;
		memcpy(ret_input, sql_str(q, 0).at, 16);
		*ret_any = true;
		return ERR_OK;
	}
}

/* A newer statement stands in its place: DID documents and agreements of the same subject, and
 * status lists of the same name. */
static bool is_replaced(struct service *s, struct arena *a, const struct model_statement *m)
{
	struct ledger_found latest;
	enum kind kind = m->found.receipt.kind;
	if (kind != KIND_DID_DOCUMENT && kind != KIND_STATUS_LIST)
		return false;
	struct str subject = json_get_str(m->statement.subject, "id");
	return subject.at && ledger_latest_about(s->ledger, a, kind, subject, &latest,
		NULL) == ERR_OK &&
		memcmp(latest.receipt.id_key, m->found.receipt.id_key, 16) != 0;
}

static enum err_code load_state(struct service *s, struct arena *a, struct model_statement *m,
	struct err *e)
{
	struct status_found status;
	bool any = false;
	uint8_t input[16];
	TRY(status_find(s, a, m->found.receipt.id_key, &status, e));
	m->state = status.word;
	m->reason_zh = status.reason_zh;
	m->reason_en = status.reason_en;
	m->state_since = status.at;
	if (!str_is(m->state, "valid") || !m->has_body)
		return ERR_OK;
	if (m->statement.valid_until < instant_now()) {
		m->state = STR("expired");
		m->state_since = m->statement.valid_until;
		return ERR_OK;
	}
	if (m->found.receipt.kind == KIND_DECISION) {
		TRY(model_decision_cause(s, m->found.receipt.id_key, input, &any, e));
		if (!any)
			return ERR_OK;
		TRY(status_find(s, a, input, &status, e));
		m->state = STR("affected");
		m->reason_zh = status.reason_zh;
		m->reason_en = status.reason_en;
		m->state_since = status.at;
		return ERR_OK;
	}
	if (is_replaced(s, a, m))
		m->state = STR("replaced");
	return ERR_OK;
}

enum err_code model_from_found(struct service *s, struct arena *a, const struct ledger_found *found,
	struct model_statement *ret, struct err *e)
{
	*ret = (struct model_statement){ .found = *found, .has_body = found->body.len > 0 };
	if (ret->has_body)
		TRY(statement_parse(a, found->body, &ret->statement, e));
	return load_state(s, a, ret, e);
}

enum err_code model_load(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct model_statement *ret, struct err *e)
{
	struct ledger_found found;
	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	return model_from_found(s, a, &found, ret, e);
}

bool model_is_open(const struct model_statement *m)
{
	return m->found.receipt.disclosure == DISCLOSURE_OPEN;
}

static struct json *title_of(struct arena *a, const struct model_statement *m)
{
	const struct json *subject = m->statement.subject;
	struct str text = { 0 };
	switch (m->found.receipt.kind) {
	case KIND_REPORT:
		text = json_get_str(json_get(subject, "inspectionReport"), "number");
		break;
	case KIND_DID_DOCUMENT:
	case KIND_ACCREDITATION:
		text = json_get_str(subject, "name");
		break;
	case KIND_LISTING:
		text = json_get_str(subject, "title");
		break;
	case KIND_ALLIANCE:
		text = json_get_str(subject, "title");
		if (!text.at)
			text = json_get_str(subject, "name");
		if (!text.at)
			text = json_get_str(json_get(subject, "organisation"), "name");
		break;
	case KIND_AGREEMENT: {
		const struct json *title = json_path(subject, "agreement/title");
		return json_is(title, JSON_OBJECT) ? json_copy(a, title) : NULL;
	}
	case KIND_DECISION:
	case KIND_STATUS:
	case KIND_STATUS_LIST:
	case KIND_RECOMPUTATION:
	case KIND_COUNT:
		break;
	}
	return text.at ? json_new_str(a, text) : NULL;
}

struct json *model_head(struct service *s, struct arena *a, const struct model_statement *m)
{
	const struct receipt *r = &m->found.receipt;
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", r->id);
	json_set_text(a, v, "kind", kind_row(r->kind)->name);
	json_set_number(a, v, "index", (double)m->found.index);
	json_set(a, v, "time", model_time(a, r->time));
	json_set(a, v, "issuer", model_party(s, a, r->issuer));
	json_set_text(a, v, "disclosure", disclosure_name(r->disclosure));
	json_set_str(a, v, "digest", base64url_new(a, r->digest.at, DIGEST_BYTES));
	json_set_str(a, v, "origin", m->found.origin);
	model_put_city(s, a, v, m->found.origin);
	json_set_str(a, v, "state", m->state);
	struct json *title = m->has_body ? title_of(a, m) : NULL;
	if (title)
		json_set(a, v, "title", title);
	return v;
}

struct json *model_row(struct service *s, struct arena *a, const struct model_statement *m)
{
	struct json *v = model_head(s, a, m);
	struct json *facts = model_facts(s, a, m);
	if (facts)
		json_set(a, v, "facts", facts);
	return v;
}

struct json *model_list(struct service *s, struct arena *a, const struct list_query *query,
	struct json *rows)
{
	struct json *v = json_new_object(a);
	struct json *echo = json_new_object(a);
	json_set_str(a, echo, "text", query->text.at ? query->text : STR(""));
	json_set_str(a, echo, "kind", query->kind.at ? query->kind : STR(""));
	json_set_str(a, echo, "state", query->state.at ? query->state : STR(""));
	json_set_str(a, echo, "city", query->city.at ? query->city : STR(""));
	json_set_str(a, echo, "sort", query->sort.at ? query->sort : STR(""));
	json_set(a, v, "now", model_time(a, instant_now()));
	json_set(a, v, "query", echo);
	json_set(a, v, "cities", model_cities(s, a));
	json_set(a, v, "rows", rows);
	return v;
}

enum err_code model_page(struct arena *a, struct json *list, const struct list_page *page,
	struct err *e)
{
	if (page->next.at)
		list = json_set_str(a, list, "next", page->next);
	if (page->previous.at)
		list = json_set_str(a, list, "previous", page->previous);
	return list ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
