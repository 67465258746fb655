/* file_handlers.c - what is served as bytes: bundles, proofs, DID documents, figures, assets. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "web/events.h"
#include "web/web_inner.h"

#define TYPE_TEXT "text/plain; charset=utf-8"

/* ---- of a statement -------------------------------------------------------------------------- */

static void offer_as(struct request *r, const char *ending)
{
	char *value = arena_printf(&r->arena, "attachment; filename=\"huren-%.8s%s\"",
		r->params[0].at, ending);

	if (value)
		reply_header(&r->reply, "Content-Disposition", value);
}

enum err_code bundle_file(struct request *r, struct err *e)
{
	struct ledger_found found;
	uint8_t id_key[16];
	struct str bundle;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	TRY(ledger_find(service_ledger(r->web->service), &r->arena, id_key, &found, e));
	if (found.receipt.disclosure != DISCLOSURE_OPEN && !handler_reads(r, id_key)) {
		(void)err_set(e, ERR_DENIED,
			"the bundle holds a body that only its parties may read");
		return err_hint(e,
			"Ask its issuer or holder for the bundle file; anyone may check it.");
	}
	TRY(service_bundle(r->web->service, &r->arena, id_key, &bundle, e));
	handler_bytes(r, bundle, "application/vnd.huren.bundle+json",
		found.receipt.disclosure == DISCLOSURE_OPEN ? CACHE_ASK : CACHE_OWN);
	reply_header(&r->reply, "Vary", "Authorization, Cookie");
	offer_as(r, ".bundle.json");
	return ERR_OK;
}

enum err_code proof_file(struct request *r, struct err *e)
{
	uint8_t id_key[16];
	struct str proof;

	TRY(handler_uuid(r, r->params[0], id_key, e));
	TRY(service_tlog_proof(r->web->service, &r->arena, id_key, &proof, e));
	handler_bytes(r, proof, TYPE_TEXT, CACHE_ASK);
	offer_as(r, ".tlog-proof");
	return ERR_OK;
}

/* ---- of the node ----------------------------------------------------------------------------- */

static enum err_code send_did(struct request *r, struct str did, struct err *e)
{
	struct json *doc;
	struct str bytes;

	TRY(service_did_document(r->web->service, &r->arena, did, &doc, e));
	TRY(json_jcs(&r->arena, doc, &bytes, e));
	handler_bytes(r, bytes, "application/did+json", CACHE_ASK);
	return ERR_OK;
}

enum err_code node_did_file(struct request *r, struct err *e)
{
	return send_did(r, service_config(r->web->service)->did, e);
}

enum err_code organisation_did_file(struct request *r, struct err *e)
{
	struct str did, code = r->params[0];

	for (size_t i = 0; i < code.len; i++) {
		char c = code.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			return err_set(e, ERR_NOT_FOUND, "no organisation has the code \"%s\"",
				str_quote(&r->arena, code));
	}
	did = str_printf(&r->arena, STR_FMT ":org:" STR_FMT,
		STR_ARG(service_config(r->web->service)->did), STR_ARG(code));
	if (!did.at)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	return send_did(r, did, e);
}

enum err_code status_list_file(struct request *r, struct err *e)
{
	struct ledger_found found;
	struct str id = str_printf(&r->arena, "https://" STR_FMT "/status-lists/" STR_FMT,
		STR_ARG(service_config(r->web->service)->domain), STR_ARG(r->params[0]));

	if (!id.at)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	TRY(ledger_latest_about(service_ledger(r->web->service), &r->arena, KIND_STATUS_LIST, id,
		&found, e));
	if (found.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "no such status list is here");
	handler_bytes(r, found.body, "application/vc", CACHE_ASK);
	return ERR_OK;
}

enum err_code peer_card_file(struct request *r, struct err *e)
{
	struct json *card;
	struct str bytes;

	TRY(service_peer_card(r->web->service, &r->arena, &card, e));
	TRY(json_jcs(&r->arena, card, &bytes, e));
	handler_bytes(r, bytes, "application/json", CACHE_ASK);
	return ERR_OK;
}

enum err_code trust_policy_file(struct request *r, struct err *e)
{
	struct str policy;

	TRY(service_trust_policy(r->web->service, &r->arena, &policy, e));
	handler_bytes(r, policy, TYPE_TEXT, CACHE_ASK);
	return ERR_OK;
}

enum err_code context_file(struct request *r, struct err *e)
{
	if (r->web->context.len == 0)
		return err_set(e, ERR_NOT_FOUND, "no context file is installed");
	handler_bytes(r, r->web->context, "application/ld+json", "public, max-age=86400");
	return ERR_OK;
}

enum err_code openapi_file(struct request *r, struct err *e)
{
	(void)e;
	handler_bytes(r, r->web->openapi, "application/json", CACHE_ASK);
	return ERR_OK;
}

enum err_code asset_file(struct request *r, struct err *e)
{
	bool immutable;
	const struct asset *asset = assets_find(pages_assets(r->web->pages), r->params[0],
		&immutable);

	if (!asset)
		return err_set(e, ERR_NOT_FOUND, "no static file is called \"%s\"",
			str_quote(&r->arena, r->params[0]));
	handler_bytes(r, asset->bytes, asset->type, immutable ? CACHE_FOR_GOOD : CACHE_ASK);
	r->reply.etag = asset->etag;
	reply_header(&r->reply, "Vary", "Accept-Encoding");
	if (accepts_gzip(request_header(r, "accept-encoding"))) {
		r->reply.body = asset->gzip;
		r->reply.gzip = true;
	}
	return ERR_OK;
}

/* ---- for who runs it ------------------------------------------------------------------------- */

static void put_route_labels(struct buf *b, size_t route)
{
	if (route < route_count)
		buf_printf(b, "method=\"%s\",route=\"%s\"", routes[route].method,
			routes[route].path);
	else
		buf_put_text(b, "method=\"\",route=\"\"");
}

static void put_gauge(struct buf *b, const char *name, const char *help, uint64_t value)
{
	buf_printf(b, "# HELP huren_%s %s\n# TYPE huren_%s gauge\nhuren_%s %llu\n", name, help,
		name, name, (unsigned long long)value);
}

static void put_counter_seconds(struct buf *b, const char *name, const char *help, uint64_t us)
{
	buf_printf(b, "# HELP huren_%s %s\n# TYPE huren_%s counter\nhuren_%s %llu.%06llu\n", name,
		help, name, name, (unsigned long long)(us / 1000000),
		(unsigned long long)(us % 1000000));
}

static void put_peers(struct buf *b, struct service *s)
{
	const struct node_config *c = service_config(s);
	int64_t now = instant_now();

	buf_put_text(b, "# HELP huren_peer_entries Entries mirrored of a peer.\n"
		"# TYPE huren_peer_entries gauge\n"
		"# HELP huren_peer_staleness_seconds Age of what is known of a peer.\n"
		"# TYPE huren_peer_staleness_seconds gauge\n"
		"# HELP huren_peer_cosigned_entries Size of our tlog that a peer has cosigned.\n"
		"# TYPE huren_peer_cosigned_entries gauge\n"
		"# HELP huren_peer_distrusted Whether a peer's tlog forked or went backwards.\n"
		"# TYPE huren_peer_distrusted gauge\n");
	for (size_t i = 0; i < c->peer_count; i++) {
		struct peer_state state = service_peer_state(s, i);
		struct str peer = c->peers[i].domain;
		buf_printf(b, "huren_peer_entries{peer=\"" STR_FMT "\"} %llu\n", STR_ARG(peer),
			(unsigned long long)state.size);
		buf_printf(b, "huren_peer_staleness_seconds{peer=\"" STR_FMT "\"} ", STR_ARG(peer));
		if (state.as_of > 0)
			buf_printf(b, "%lld\n", (long long)(now - state.as_of));
		else
			buf_put_text(b, "+Inf\n");
		buf_printf(b, "huren_peer_cosigned_entries{peer=\"" STR_FMT "\"} %llu\n",
			STR_ARG(peer), (unsigned long long)state.cosigned_size);
		buf_printf(b, "huren_peer_distrusted{peer=\"" STR_FMT "\"} %d\n", STR_ARG(peer),
			state.distrusted);
	}
}

static void put_ledger(struct request *r, struct buf *b)
{
	struct ledger *l = service_ledger(r->web->service);
	struct ledger_figures f;
	struct ledger_found last;
	uint64_t size, cosigned = 0;
	struct str note;

	ledger_figures(l, &f);
	put_gauge(b, "tlog_entries", "Entries of the own tlog under the newest checkpoint.",
		f.size);
	put_gauge(b, "tlog_files_entries", "Entries whose tiles are durable files.", f.files_size);
	if (ledger_cosigned_checkpoint(l, &r->arena, &note, &size, NULL) == ERR_OK)
		cosigned = size;
	put_gauge(b, "tlog_cosigned_entries", "Entries that a witness has cosigned.", cosigned);
	if (f.size > 0 && ledger_entry(l, &r->arena, STR(""), f.size - 1, &last, NULL) == ERR_OK)
		put_gauge(b, "checkpoint_age_seconds", "Time since the newest entry.",
			(uint64_t)(instant_now() - last.receipt.time));
	put_gauge(b, "writer_queue", "Commands that wait for the writer.", f.queue_count);
	put_gauge(b, "disk_low", "Whether the disk is nearly full.", f.disk_low);
	put_gauge(b, "signing", "Whether the node signs.", f.signing);
	put_gauge(b, "alarm", "Whether an alarm stands; its text is on every page.",
		ledger_alarm_text(l, &r->arena).len > 0);
	buf_printf(b, "# HELP huren_statements_total Statements published since the start.\n"
		"# TYPE huren_statements_total counter\nhuren_statements_total %llu\n",
		(unsigned long long)f.statements);
	buf_printf(b, "# HELP huren_writer_batches_total Transactions since the start.\n"
		"# TYPE huren_writer_batches_total counter\nhuren_writer_batches_total %llu\n",
		(unsigned long long)f.batches);
	put_counter_seconds(b, "writer_busy_seconds_total", "Time the writer worked.", f.busy_us);
	put_counter_seconds(b, "writer_commit_seconds_total", "Time of it in commits.",
		f.commit_us);
}

enum err_code metrics_file(struct request *r, struct err *e)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, LIMIT_PAGE_BYTES);
	put_ledger(r, &b);
	put_peers(&b, r->web->service);
	metrics_put(&b, r->web->metrics, put_route_labels);
	events_put_metrics(&b, r->web->events);
	TRY(buf_check(&b, "metrics", e));
	r->reply.body = str_copy(&r->arena, buf_str(&b));
	r->reply.type = "text/plain; version=0.0.4; charset=utf-8";
	r->reply.cache = "no-store";
	if (!r->reply.body.at)
		return err_set(e, ERR_TOO_LARGE, "metrics need too much memory");
	return ERR_OK;
}

enum err_code health_file(struct request *r, struct err *e)
{
	struct ledger *l = service_ledger(r->web->service);
	struct arena *a = &r->arena;
	struct str alarm = ledger_alarm_text(l, a);
	struct ledger_figures f;
	struct json *v = json_new_object(a);
	bool well;

	ledger_figures(l, &f);
	well = f.signing && !f.disk_low && alarm.len == 0;
	v = json_set_text(a, v, "status", well ? "ok" : "trouble");
	v = json_set_number(a, v, "size", (double)f.size);
	v = json_set(a, v, "signing", json_new_bool(a, f.signing));
	v = json_set(a, v, "disk_low", json_new_bool(a, f.disk_low));
	if (alarm.len > 0)
		v = json_set_str(a, v, "alarm", alarm);
	if (f.files_problem[0])
		v = json_set_text(a, v, "files_problem",
			arena_copy(a, f.files_problem, strlen(f.files_problem)));
	r->reply.cache = "no-store";
	return reply_json(r, well ? HTTP_OK : err_class(ERR_BUSY)->http_status, v, e);
}
