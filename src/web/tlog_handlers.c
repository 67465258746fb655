/* tlog_handlers.c - the tlogs as tiles (C2SP tlog-tiles), the witness, and the doors for peers. */
#include "base/encode.h"
#include "tlog/tile.h"
#include "web/web_inner.h"

#define TYPE_TEXT "text/plain; charset=utf-8"

enum err_code checkpoint_file(struct request *r, struct err *e)
{
	struct str note;
	uint64_t size;

	/* An old head shown as the newest would be taken for going backwards, for good. */
	if (ledger_is_restored(service_ledger(r->web->service)))
		return err_set(e, ERR_BUSY, "this node was restored from a backup and no witness "
			"has confirmed the size of its log yet");
	TRY(ledger_checkpoint(service_ledger(r->web->service), &r->arena, &note, &size, e));
	handler_bytes(r, note, TYPE_TEXT, CACHE_ASK);
	return ERR_OK;
}

/* `rest` is what follows "tile/" in the address. */
static enum err_code send_tile(struct request *r, struct str origin, struct str rest, struct err *e)
{
	struct str path = str_printf(&r->arena, "tile/" STR_FMT, STR_ARG(rest)), bytes;
	bool gzip = accepts_gzip(request_header(r, "accept-encoding"));
	struct tile_id t;

	if (!path.at)
		return err_set(e, ERR_TOO_LARGE, "address is too long");
	if (tile_path_parse(path, &t, NULL) != ERR_OK)
		return err_set(e, ERR_NOT_FOUND, "no tile has the path \"%s\"",
			str_quote(&r->arena, path));
	TRY(ledger_tile(service_ledger(r->web->service), &r->arena, origin, &t, gzip, &bytes, &gzip,
		e));
	handler_bytes(r, bytes, "application/octet-stream", CACHE_FOR_GOOD);
	r->reply.gzip = gzip;
	if (t.entries)
		reply_header(&r->reply, "Vary", "Accept-Encoding");
	return ERR_OK;
}

enum err_code tile_file(struct request *r, struct err *e)
{
	return send_tile(r, STR(""), r->params[0], e);
}

/* ---- copies of peers' tlogs ------------------------------------------------------------------ */

static enum err_code find_mirror(struct request *r, struct str *ret_origin, struct err *e)
{
	const struct node_config *c = service_config(r->web->service);

	for (size_t i = 0; i < c->peer_count; i++) {
		if (!str_is(r->params[0], r->web->mirrors[i]))
			continue;
		*ret_origin = c->peers[i].tlog_key.name;
		return ERR_OK;
	}
	return err_set(e, ERR_NOT_FOUND, "no tlog with that origin is mirrored here");
}

enum err_code mirror_checkpoint_file(struct request *r, struct err *e)
{
	struct ledger_mirror_state state;
	struct str origin;

	TRY(find_mirror(r, &origin, e));
	TRY(ledger_mirror_state(service_ledger(r->web->service), &r->arena, origin, &state, e));
	if (state.checkpoint.len == 0)
		return err_set(e, ERR_NOT_FOUND, "nothing of that tlog is mirrored yet");
	handler_bytes(r, state.checkpoint, TYPE_TEXT, CACHE_ASK);
	return ERR_OK;
}

enum err_code mirror_tile_file(struct request *r, struct err *e)
{
	struct str origin;

	TRY(find_mirror(r, &origin, e));
	return send_tile(r, origin, r->params[1], e);
}

/* ---- witness (C2SP tlog-witness) ------------------------------------------------------------- */

enum err_code witness_add(struct request *r, struct err *e)
{
	struct str lines = { NULL, 0 };
	enum err_code code = peer_witness_add(r->web->peers, &r->arena, r->http.body, &lines, e);

	if (code != ERR_OK && code != ERR_CORRECT_SIZE)
		return code;
	handler_bytes(r, lines, TYPE_TEXT, "no-store");
	r->reply.tagged = false;
	if (code == ERR_CORRECT_SIZE) {
		r->reply.status = err_class(code)->http_status;
		r->reply.type = "text/x.tlog.size";
	}
	return ERR_OK;
}

enum err_code witness_checkpoint_file(struct request *r, struct err *e)
{
	struct str note;

	TRY(peer_witness_checkpoint(r->web->peers, &r->arena, r->params[0], &note, e));
	handler_bytes(r, note, TYPE_TEXT, CACHE_ASK);
	return ERR_OK;
}

/* ---- doors for peers: signed requests (RFC 9421) --------------------------------------------- */

enum err_code peer_notice_door(struct request *r, struct err *e)
{
	TRY(peer_notice(r->web->peers, &r->arena, &r->http, e));
	r->reply.status = HTTP_NO_CONTENT;
	return ERR_OK;
}

enum err_code peer_deal_door(struct request *r, struct err *e)
{
	TRY(peer_deal(r->web->peers, &r->arena, &r->http, e));
	handler_bytes(r, STR("{}"), "application/json", "no-store");
	r->reply.tagged = false;
	return ERR_OK;
}

enum err_code peer_body_door(struct request *r, struct err *e)
{
	struct str answer;

	TRY(peer_body(r->web->peers, &r->arena, &r->http, &answer, e));
	handler_bytes(r, answer, "application/json", "private, no-store");
	r->reply.tagged = false;
	return ERR_OK;
}

enum err_code peer_booking_door(struct request *r, struct err *e)
{
	struct str answer;

	TRY(peer_booking(r->web->peers, &r->arena, &r->http, &answer, e));
	handler_bytes(r, answer, "application/json", "private, no-store");
	r->reply.tagged = false;
	return ERR_OK;
}
