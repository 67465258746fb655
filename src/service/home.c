/* home.c - the node itself: first page, peers, its card for other nodes, schemes, trust policy. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/model.h"
#include "service/service_inner.h"

#define NEWEST 10

static struct json *witness_names(struct service *s, struct arena *a, const struct note *note,
	uint64_t *ret_time)
{
	const struct node_config *c = s->config;
	struct json *names = json_new_array(a);
	*ret_time = 0;
	for (size_t i = 0; i < c->peer_count + c->witness_count; i++) {
		const struct note_key *key = i < c->peer_count ? &c->peers[i].witness_key
			: &c->witnesses[i - c->peer_count].key;
		uint64_t time = 0;
		if (cosignature_verify(note, key, &time, NULL) != ERR_OK || time == 0)
			continue;
		json_push(a, names, json_new_str(a, key->name));
		*ret_time = time > *ret_time ? time : *ret_time;
	}
	return names;
}

static enum err_code checkpoint_model(struct service *s, struct arena *a, struct json **ret,
	uint64_t *ret_size, struct err *e)
{
	struct str text, cosigned;
	struct note note;
	struct checkpoint c;
	uint64_t size;
	TRY(ledger_checkpoint(s->ledger, a, &text, &size, e));
	TRY(checkpoint_open(a, text, ledger_note_key(s->ledger), &note, &c, e));
	struct json *v = json_new_object(a);
	json_set_number(a, v, "size", (double)c.size);
	json_set_str(a, v, "root", base64_new(a, c.root.at, DIGEST_BYTES));
	json_set_str(a, v, "note", text);
	*ret_size = size;
	struct json *names = json_new_array(a);
	struct ledger_found last;
	if (size > 0 && ledger_entry(s->ledger, a, STR(""), size - 1, &last, e) == ERR_OK)
		json_set(a, v, "time", model_time(a, last.receipt.time));
	if (ledger_cosigned_checkpoint(s->ledger, a, &cosigned, &size, e) == ERR_OK &&
		checkpoint_open(a, cosigned, ledger_note_key(s->ledger), &note, &c, e) == ERR_OK) {
		uint64_t time;
		names = witness_names(s, a, &note, &time);
		json_set_number(a, v, "cosigned_size", (double)c.size);
		json_set(a, v, "cosigned_at", model_time(a, (int64_t)time));
	}
	json_set(a, v, "cosigned_by", names);
	*ret = v;
	return ERR_OK;
}

static enum err_code count_of(struct store *store, enum sql_id id, double *ret, struct err *e)
{
	bool row;
	SCOPED_SQL q = sql_use(store, id);
	TRY(sql_step(q, &row, e));
	*ret = row ? (double)sql_i64(q, 0) : 0;
	return ERR_OK;
}

static enum err_code counts_model(struct service *s, struct arena *a, uint64_t size, struct json *v,
	struct err *e)
{
	struct store *store;
	double reports, decisions, organisations;
	bool row;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(count_of(store, SQL_COUNT_REPORTS, &reports, e));
	TRY(count_of(store, SQL_COUNT_DECISIONS, &decisions, e));
	TRY(count_of(store, SQL_COUNT_ORGANISATIONS, &organisations, e));
	struct json *counts = json_new_object(a);
	json_set_number(a, counts, "reports", reports);
	json_set_number(a, counts, "decisions", decisions);
	json_set_number(a, counts, "organisations", organisations);
	json_set_number(a, counts, "statements", (double)size);
	json_set(a, v, "counts", counts);
	SCOPED_SQL q = sql_use(store, SQL_DECISION_SAVED);
	TRY(sql_step(q, &row, e));
	struct json *saved = json_new_object(a);
	json_set_number(a, saved, "items", row ? (double)sql_i64(q, 0) : 0);
	json_set_number(a, saved, "decisions", row ? (double)sql_i64(q, 1) : 0);
	json_set(a, v, "saved", saved);
	return ERR_OK;
}

/* The newest entries of one log, newest first, into `found`. */
static size_t newest_of(struct service *s, struct arena *a, struct str origin, uint64_t size,
	struct ledger_found *found)
{
	size_t count = 0;
	for (uint64_t i = size; i > 0 && count < NEWEST; i--) {
		if (ledger_entry(s->ledger, a, origin, i - 1, &found[count], NULL) != ERR_OK)
			break;
		count++;
	}
	return count;
}

static struct json *newest_model(struct service *s, struct arena *a, uint64_t size)
{
	struct json *list = json_new_array(a);
	struct ledger_found *found = ARENA_ARRAY(a, struct ledger_found,
		(LIMIT_PEERS + 1) * NEWEST);
	if (!found)
		return NULL;
	size_t count = newest_of(s, a, STR(""), size, found);
	for (size_t i = 0; i < s->config->peer_count; i++)
		count += newest_of(s, a, s->config->peers[i].tlog_key.name,
			service_peer_state(s, i).size, found + count);
	for (size_t n = 0; n < NEWEST && n < count; n++) {
		size_t best = n;
		for (size_t i = n + 1; i < count; i++) {
			if (found[i].receipt.time > found[best].receipt.time)
				best = i;
		}
		struct ledger_found taken = found[best];
		memmove(&found[n + 1], &found[n], (best - n) * sizeof(found[0]));
		found[n] = taken;
		struct model_statement m;
		if (model_from_found(s, a, &taken, &m, NULL) == ERR_OK)
			json_push(a, list, model_row(s, a, &m));
	}
	return list;
}

static struct json *peers_model(struct service *s, struct arena *a, uint64_t own_size)
{
	struct json *peers = json_new_array(a);
	for (size_t i = 0; i < s->config->peer_count; i++)
		json_push(a, peers, model_peer(s, a, i, own_size));
	return peers;
}

enum err_code service_home(struct service *s, struct arena *a, struct json **ret, struct err *e)
{
	struct json *checkpoint;
	uint64_t size;
	TRY(checkpoint_model(s, a, &checkpoint, &size, e));
	struct json *v = json_new_object(a);
	json_set(a, v, "now", model_time(a, instant_now()));
	json_set(a, v, "node", model_node(s, a));
	struct str alarm = ledger_alarm_text(s->ledger, a);
	if (alarm.len > 0)
		json_set_str(a, v, "alarm", alarm);
	json_set(a, v, "checkpoint", checkpoint);
	TRY(counts_model(s, a, size, v, e));
	json_set(a, v, "newest", newest_model(s, a, size));
	json_set(a, v, "peers", peers_model(s, a, size));
	*ret = v;
	return ERR_OK;
}

enum err_code service_peers(struct service *s, struct arena *a, struct json **ret, struct err *e)
{
	struct str note;
	uint64_t size;
	const struct node_config *c = s->config;
	TRY(ledger_checkpoint(s->ledger, a, &note, &size, e));
	struct json *witnesses = json_new_array(a);
	for (size_t i = 0; i < c->witness_count; i++) {
		struct json *w = json_new_object(a);
		json_set_str(a, w, "name", c->witnesses[i].key.name);
		json_set_str(a, w, "url", c->witnesses[i].url);
		json_set_str(a, w, "vkey", note_vkey_text(a, &c->witnesses[i].key));
		json_push(a, witnesses, w);
	}
	struct json *v = json_new_object(a);
	json_set(a, v, "now", model_time(a, instant_now()));
	json_set(a, v, "node", model_node(s, a));
	json_set_number(a, v, "own_size", (double)size);
	json_set(a, v, "rows", peers_model(s, a, size));
	json_set(a, v, "witnesses", witnesses);
	*ret = v;
	return ERR_OK;
}

enum err_code service_peer_card(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	(void)e;
	*ret = model_node(s, a);
	return ERR_OK;
}

/* ---- schemes --------------------------------------------------------------------------------- */

struct number_counts { double given, open; };

/* Numbers of an item: objects with a "status" anywhere below, three levels deep as in the schema.
 */
static void count_numbers(const struct json *v, int depth, struct number_counts *counts)
{
	if (depth == 0 || !v)
		return;
	struct str status = json_get_str(v, "status");
	if (status.at) {
		if (str_is(status, "to-be-entered"))
			counts->open++;
		else
			counts->given++;
	}
	for (uint32_t i = 0; json_is(v, JSON_OBJECT) && i < v->count; i++)
		count_numbers(v->members[i].value, depth - 1, counts);
	for (uint32_t i = 0; json_is(v, JSON_ARRAY) && i < v->count; i++)
		count_numbers(v->items[i], depth - 1, counts);
}

static struct json *scheme_model(struct arena *a, const struct scheme *scheme)
{
	struct json *v = json_new_object(a);
	struct json *items = json_new_array(a);
	json_set_str(a, v, "id", scheme->id);
	json_set_str(a, v, "edition", scheme->edition);
	json_set(a, v, "title", model_text(a, scheme->title.zh, scheme->title.en));
	if (scheme->standard_code.len > 0)
		json_set_str(a, v, "standard_code", scheme->standard_code);
	json_set_text(a, v, "level", standard_level_name(scheme->level));
	json_set_str(a, v, "digest", base64url_new(a, scheme->digest.at, DIGEST_BYTES));
	for (uint32_t i = 0; i < scheme->item_count; i++) {
		const struct scheme_item *item = &scheme->items[i];
		struct number_counts counts = { 0 };
		struct json *row = json_new_object(a);
		count_numbers(item->doc, 8, &counts);
		json_set_str(a, row, "item", item->item);
		json_set(a, row, "title", model_text(a, item->title.zh, item->title.en));
		if (item->runs > 0)
			json_set_number(a, row, "runs", item->runs);
		json_set_number(a, row, "numbers_given", counts.given);
		json_set_number(a, row, "numbers_to_enter", counts.open);
		json_push(a, items, row);
	}
	json_set(a, v, "items", items);
	return v;
}

static enum err_code agreement_rows(struct service *s, struct arena *a, struct json *rows,
	struct err *e)
{
	struct store *store;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_AGREEMENT_LIST);
	for (;;) {
		bool row;
		struct model_statement m;
		uint8_t id_key[16];
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		memcpy(id_key, sql_str(q, 0).at, 16);
		TRY(model_load(s, a, id_key, &m, e));
		json_push(a, rows, model_row(s, a, &m));
	}
}

enum err_code service_schemes(struct service *s, struct arena *a, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct json *rows = json_new_array(a);
	struct json *agreements = json_new_array(a);
	for (const struct scheme *scheme = rules_schemes(s->rules); scheme; scheme = scheme->next)
		json_push(a, rows, scheme_model(a, scheme));
	TRY(agreement_rows(s, a, agreements, e));
	json_set(a, v, "now", model_time(a, instant_now()));
	json_set(a, v, "rows", rows);
	json_set(a, v, "agreements", agreements);
	*ret = v;
	return ERR_OK;
}

/* ---- trust policy ---------------------------------------------------------------------------- */

enum err_code service_trust_policy(struct service *s, struct arena *a, struct str *ret,
	struct err *e)
{
	const struct node_config *c = s->config;
	SCOPED_BUF b;
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_printf(&b, "# trust policy of " STR_FMT ": its log and its peers' logs, any one "
		"witness\n",
		STR_ARG(c->domain));
	buf_printf(&b, "log " STR_FMT " " STR_FMT "/tlog\n",
		STR_ARG(note_vkey_text(a, ledger_note_key(s->ledger))), STR_ARG(c->url));
	for (size_t i = 0; i < c->peer_count; i++)
		buf_printf(&b, "log " STR_FMT " " STR_FMT "/tlog\n", STR_ARG(c->peers[i].tlog_vkey),
			STR_ARG(c->peers[i].url));
	buf_printf(&b, "witness own " STR_FMT " " STR_FMT "/witness\n",
		STR_ARG(note_vkey_text(a, ledger_witness_key(s->ledger))), STR_ARG(c->url));
	for (size_t i = 0; i < c->peer_count; i++)
		buf_printf(&b, "witness peer%zu " STR_FMT " " STR_FMT "/witness\n", i,
			STR_ARG(c->peers[i].witness_vkey), STR_ARG(c->peers[i].url));
	for (size_t i = 0; i < c->witness_count; i++)
		buf_printf(&b, "witness other%zu " STR_FMT " " STR_FMT "\n", i,
			STR_ARG(note_vkey_text(a, &c->witnesses[i].key)),
				STR_ARG(c->witnesses[i].url));
	buf_put_text(&b, "group witnesses any own");
	for (size_t i = 0; i < c->peer_count; i++)
		buf_printf(&b, " peer%zu", i);
	for (size_t i = 0; i < c->witness_count; i++)
		buf_printf(&b, " other%zu", i);
	buf_put_text(&b, "\nquorum witnesses\n");
	TRY(buf_check(&b, "trust policy", e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "trust policy too large");
}
