/* web_inner.h - what the files of web/ share. */
#ifndef HUREN_WEB_WEB_INNER_H
#define HUREN_WEB_WEB_INNER_H

#include "web/mailer.h"
#include "web/metrics.h"
#include "web/pages.h"
#include "web/rate.h"
#include "web/route.h"
#include "web/web.h"

struct events;
struct server;

struct web {
	struct service *service;
	struct peer_set *peers;
	struct pages *pages;
	struct metrics *metrics;
	struct mailer *mailer;             /* NULL: mail is not set up */
	struct rate *rate;
	const char *version;
	struct server *server;
	struct events *events;
	struct arena arena;                /* what is made at start and kept */
	struct json *node;                 /* "node" of every page: name, class of its colour */
	struct str openapi;
	struct str context;                /* ui/contexts/huren-v1.json, or empty */
	char mirrors[LIMIT_PEERS][2 * DIGEST_BYTES + 1];   /* hex SHA-256 of each peer's origin */
};

/* ---- respond.c: from what a handler left to what is sent ------------------------------------- */

/* Runs the row's model or handle and fills r->reply, whatever happens. */
void respond_route(struct request *r);
/* An answer that says what happened: a page for people, else a problem document. `status` 0 takes
 * that of the error's class. */
void respond_error(struct request *r, int status, const struct err *e);
/* Headers that depend on the request: language, security, ETag and If-None-Match. Called last. */
void respond_finish(struct request *r);
/* Wants a page rather than JSON? */
bool respond_for_people(const struct request *r);
/* Draws a template with a model into the reply (status stays, 200 when 0). */
MUST_USE enum err_code respond_page(struct request *r, const char *template_name,
	const struct json *model, struct err *e);

/* ---- allow.c: who asks, and whether the row lets them ---------------------------------------- */

/* Before anything is judged: where the request comes from. `peer` is the address of the socket. */
void allow_read_peer(struct request *r, struct str peer);
/* With the row known: session, CSRF token of the answer; adds the cookie that a form needs. */
void allow_read(struct request *r);
/* ERR_DENIED: not signed in, no such capability, or the password must be typed again; people are
 * sent where they can do so. */
MUST_USE enum err_code allow_route(struct request *r, struct err *e);
/* May this client have another page, list file or paper now? Programs with the node's token, peers
 * (whose doors are no pages) and this machine itself are not counted. ERR_BUSY with
 * status 429 and Retry-After. */
MUST_USE enum err_code allow_rate(struct request *r, struct err *e);
/* With the body here: reads the form, checks its CSRF token. ERR_DENIED; ERR_UNSUPPORTED (type). */
MUST_USE enum err_code allow_form(struct request *r, struct err *e);
/* A refusal becomes a line of the audit trail. */
void allow_note(struct request *r, const struct err *e);
/* The session's cookie with a new token; empty takes it away. */
MUST_USE enum err_code allow_set_session(struct request *r, struct str token, struct err *e);

/* ---- server.c: a parked request goes on ------------------------------------------------------ */

/* From any thread, once for each parked request. */
void server_resume(struct request *r);
/* Of a stream: from its own read, nothing more for now; and from any thread, there is again. */
void server_stream_pause(struct request *r);
void server_stream_resume(struct request *r);

/* ---- handlers, in the order of routes.c ------------------------------------------------------ */

MUST_USE enum err_code home_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code reports_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code decisions_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code organisations_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code peers_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code schemes_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code about_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code problem_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code statement_model(struct request *r, struct json **ret, struct err *e);
/* Names of the ODD elements of a report, for people: the statement has their words. */
struct json *page_elements(struct request *r, const struct json *model);
MUST_USE enum err_code check_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code check_post_model(struct request *r, struct json **ret, struct err *e);

MUST_USE enum err_code bundle_file(struct request *r, struct err *e);
MUST_USE enum err_code proof_file(struct request *r, struct err *e);
MUST_USE enum err_code node_did_file(struct request *r, struct err *e);
MUST_USE enum err_code organisation_did_file(struct request *r, struct err *e);
MUST_USE enum err_code status_list_file(struct request *r, struct err *e);
MUST_USE enum err_code peer_card_file(struct request *r, struct err *e);
MUST_USE enum err_code trust_policy_file(struct request *r, struct err *e);
MUST_USE enum err_code context_file(struct request *r, struct err *e);
MUST_USE enum err_code openapi_file(struct request *r, struct err *e);
MUST_USE enum err_code asset_file(struct request *r, struct err *e);
MUST_USE enum err_code metrics_file(struct request *r, struct err *e);
MUST_USE enum err_code health_file(struct request *r, struct err *e);

MUST_USE enum err_code checkpoint_file(struct request *r, struct err *e);
MUST_USE enum err_code tile_file(struct request *r, struct err *e);
MUST_USE enum err_code mirror_checkpoint_file(struct request *r, struct err *e);
MUST_USE enum err_code mirror_tile_file(struct request *r, struct err *e);
MUST_USE enum err_code witness_add(struct request *r, struct err *e);
MUST_USE enum err_code witness_checkpoint_file(struct request *r, struct err *e);
MUST_USE enum err_code peer_notice_door(struct request *r, struct err *e);
MUST_USE enum err_code peer_body_door(struct request *r, struct err *e);
MUST_USE enum err_code peer_deal_door(struct request *r, struct err *e);

MUST_USE enum err_code statement_begin(struct request *r, struct err *e);
MUST_USE enum err_code statement_end(struct request *r, struct err *e);
MUST_USE enum err_code organisation_call(struct request *r, struct err *e);
MUST_USE enum err_code accreditation_call(struct request *r, struct err *e);
MUST_USE enum err_code agreement_sign_call(struct request *r, struct err *e);
MUST_USE enum err_code status_change_call(struct request *r, struct err *e);
MUST_USE enum err_code status_slot_call(struct request *r, struct err *e);
MUST_USE enum err_code recognition_request_call(struct request *r, struct err *e);
MUST_USE enum err_code request_call(struct request *r, struct err *e);
MUST_USE enum err_code explain_call(struct request *r, struct err *e);

MUST_USE enum err_code evidence_receive_begin(struct request *r, uint64_t bytes, struct err *e);
MUST_USE enum err_code evidence_receive(struct request *r, struct str bytes, struct err *e);
MUST_USE enum err_code evidence_received(struct request *r, struct err *e);
MUST_USE enum err_code evidence_list_call(struct request *r, struct err *e);
MUST_USE enum err_code evidence_file(struct request *r, struct err *e);
MUST_USE enum err_code statement_evidence_file(struct request *r, struct err *e);
MUST_USE enum err_code picture_file(struct request *r, struct err *e);
MUST_USE enum err_code evidence_of_call(struct request *r, struct err *e);
MUST_USE enum err_code evidence_fetch_call(struct request *r, struct err *e);
MUST_USE enum err_code recomputation_call(struct request *r, struct err *e);
MUST_USE enum err_code sign_in_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code sign_in_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code code_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code code_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code enrol_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code enrol_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code join_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code join_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code sign_out_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code own_account_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code confirm_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code confirm_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code password_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code password_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code session_end_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code factor_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code recovery_post(struct request *r, struct json **ret, struct err *e);

MUST_USE enum err_code roles_page_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code people_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code person_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code person_roles_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code person_lock_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code person_reset_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code invite_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code invite_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code register_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code register_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code waiting_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code waiting_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code audit_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code audit_export_file(struct request *r, struct err *e);
MUST_USE enum err_code accounts_call(struct request *r, struct err *e);
MUST_USE enum err_code accounts_list_call(struct request *r, struct err *e);
MUST_USE enum err_code account_change_call(struct request *r, struct err *e);
MUST_USE enum err_code audit_call(struct request *r, struct err *e);

/* ---- small helpers of the handlers (handler.c) ----------------------------------------------- */

/* 16 bytes of a UUID in an address. ERR_NOT_FOUND: it is none, so nothing can be there. */
MUST_USE enum err_code handler_uuid(struct request *r, struct str uuid, uint8_t ret[16],
	struct err *e);
/* May who asks read this statement's body, though it is not open? */
bool handler_reads(struct request *r, const uint8_t id_key[16]);
/* The body as JSON object of application/json. ERR_INVALID, ERR_UNSUPPORTED (type: 415). */
MUST_USE enum err_code handler_json_body(struct request *r, struct json **ret, struct err *e);
/* Bytes with a type and Cache-Control, tagged. */
void handler_bytes(struct request *r, struct str bytes, const char *type, const char *cache);
/* 303 to a path of this node; to its twin when the twin was asked. ERR_TOO_LARGE. */
MUST_USE enum err_code handler_redirect(struct request *r, struct str path, struct err *e);
/* `path` with query fields, without those that are empty; the bare path when it gets too long. */
struct address_field { const char *name; struct str value; };
struct str handler_address(struct request *r, struct str path, const struct address_field *fields,
	size_t count);
/* [{member: word, "on": bool}] of words with a space between: what a form lets one choose. */
struct json *handler_choices(struct request *r, const char *member, const char *words,
	struct str chosen);
/* A form again: `model` with what was typed gets "problems" (a list for the top of the page) and
 * "problem" (by field); the answer has the status of a refused form. */
void handler_form_again(struct request *r, struct json *model, const struct json *problems);
/* After a service refused a form: ERR_OK when it is to be shown again with these problems, else the
 * error to be passed on. */
MUST_USE enum err_code handler_refusal(enum err_code code, const struct json *problems,
	const struct err *problem, struct err *e);
/* The same with one problem of the form as a whole. `wait_s` over 0: when to come again. */
void handler_form_refused(struct request *r, struct json *model, const char *word,
	uint32_t wait_s);
/* After evidence_send: the file is saved under this name (files_handlers.c). */
void handler_offer(struct request *r, struct str name);
/* Roles ticked in a form ("role.<name>"), or named in a JSON list; ERR_INVALID for one unknown. */
MUST_USE enum err_code handler_roles(struct request *r, const struct json *list, uint32_t *ret,
	struct err *e);
/* One run of an evaluation document as the answer (evidence_handlers.c). `run` from 1, as text. */
MUST_USE enum err_code handler_picture(struct request *r, const struct json *doc, struct str run,
	struct err *e);
#define CACHE_FOR_GOOD "public, max-age=31536000, immutable"
#define CACHE_ASK "no-cache"
#define CACHE_OWN "private, no-cache"  /* not everyone may read it */

MUST_USE enum err_code list_file(struct request *r, struct err *e);

/* listings */
MUST_USE enum err_code listings_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listings_own_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_own_model(struct request *r, struct json **ret, struct err *e);
/* Its page again, with what was refused. */
MUST_USE enum err_code listing_own_again(struct request *r, int64_t id,
	const struct json *problems, struct json **ret, struct err *e);
MUST_USE enum err_code listing_attach_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_file_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code review_file(struct request *r, struct err *e);
MUST_USE enum err_code listing_own_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_end_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_renew_post(struct request *r, struct json **ret, struct err *e);
struct listing_kind;
struct json *listing_put_shown(struct request *r, const struct listing_kind *k,
	struct json *model);
MUST_USE enum err_code reviews_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code review_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code review_post(struct request *r, struct json **ret, struct err *e);

/* matching */
/* Whether lists are wanted by date alone: by the address, the account or a cookie. */
bool order_newest(struct request *r);
/* A row of a list with its kind's title in both languages. */
struct json *listing_with_kind(struct request *r, struct json *row);
MUST_USE enum err_code matches_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code policies_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code ranking_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code ranking_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code searches_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code searches_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code search_end_post(struct request *r, struct json **ret, struct err *e);
/* members */
MUST_USE enum err_code own_data_call(struct request *r, struct err *e);
MUST_USE enum err_code leave_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code leave_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code listing_post_call(struct request *r, struct err *e);
MUST_USE enum err_code listing_withdraw_call(struct request *r, struct err *e);
MUST_USE enum err_code members_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code member_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code member_map_model(struct request *r, struct json **ret, struct err *e);

/* drafting, signing, bulk import */
MUST_USE enum err_code drafts_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_edit_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_edit_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_item_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_item_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_item_drop_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_hand_over_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_discard_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_sign_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_send_back_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_signed_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_unsigned_file(struct request *r, struct err *e);
MUST_USE enum err_code draft_upload_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code evaluate_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code evaluate_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code evaluation_job_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code evaluate_again_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code imports_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code import_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code import_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code import_make_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code import_template_file(struct request *r, struct err *e);
MUST_USE enum err_code lab_key_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code lab_key_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code lab_key_take_back_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code lab_report_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code report_amend_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code report_withdraw_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code draft_picture_file(struct request *r, struct err *e);

/* uploads and files of an organisation */
MUST_USE enum err_code upload_options(struct request *r, struct err *e);
MUST_USE enum err_code upload_post(struct request *r, struct err *e);
MUST_USE enum err_code upload_head(struct request *r, struct err *e);
MUST_USE enum err_code upload_receive_begin(struct request *r, uint64_t bytes, struct err *e);
MUST_USE enum err_code upload_receive(struct request *r, struct str bytes, struct err *e);
MUST_USE enum err_code upload_patch(struct request *r, struct err *e);
MUST_USE enum err_code upload_delete(struct request *r, struct err *e);
MUST_USE enum err_code upload_cancel_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code files_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code files_receive_begin(struct request *r, uint64_t bytes, struct err *e);
MUST_USE enum err_code files_receive(struct request *r, struct str bytes, struct err *e);
MUST_USE enum err_code files_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code file_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code file_content(struct request *r, struct err *e);
MUST_USE enum err_code file_delete_post(struct request *r, struct json **ret, struct err *e);
/* evidence_handlers.c: the whole file or the range asked for, with the headers that go with it. */
MUST_USE enum err_code evidence_send(struct request *r, const struct digest *d, struct err *e);

/* asking for recognition, the queue, objections */
MUST_USE enum err_code vehicles_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code bring_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code requests_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code request_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code request_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code dossier_draft_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code dossier_draft_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code dossier_draft_document_post(struct request *r, struct json **ret,
	struct err *e);
MUST_USE enum err_code request_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code request_document_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code request_hand_back_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code request_say_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code request_object_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_item_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_ask_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_prepare_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_approve_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_return_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code queue_say_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code dossier_draft_document_file(struct request *r, struct err *e);
MUST_USE enum err_code request_document_file(struct request *r, struct err *e);
MUST_USE enum err_code queue_document_file(struct request *r, struct err *e);
/* The number in an address. ERR_NOT_FOUND. */
MUST_USE enum err_code request_number(struct request *r, size_t param, int64_t *ret,
	struct err *e);
/* A change that was refused for its state or text, told on the page `show` fills: ERR_INVALID and
 * ERR_CONFLICT become a problem of `field`, anything else stays an error. */
MUST_USE enum err_code request_told(struct request *r, const struct err *problem,
	const char *field, const char *word,
	enum err_code (*show)(struct request *r, struct json **ret, struct err *e),
	const char *page, struct json **ret, struct err *e);
/* Filters and paging of a list of requests; `shows` ends with NULL. */
MUST_USE enum err_code request_links(struct request *r, const char *const *shows, struct str next,
	struct err *e);
/* Documents the rules know: {"document", "title", "on"}; on: missing by the `judged` ones of a
 * decision. */
struct json *request_documents(struct request *r, const struct json *judged);
/* A file kept for a request. */
MUST_USE enum err_code request_send_file(struct request *r, int64_t draft, int64_t dossier,
	size_t param, struct err *e);

/* accreditations and agreements kept by the authority */
MUST_USE enum err_code accreditations_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code accredit_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code accredit_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code accreditation_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code accreditation_status_post(struct request *r, struct json **ret,
	struct err *e);
MUST_USE enum err_code agreements_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code agreements_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code organisation_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code organisation_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code acts_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code act_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code act_post(struct request *r, struct json **ret, struct err *e);

/* notices and mail */
MUST_USE enum err_code notices_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code notice_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code notices_read_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code mail_settings_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code mail_settings_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code mail_code_post(struct request *r, struct json **ret, struct err *e);

/* health, peers, keys, backup */
MUST_USE enum err_code operator_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code operator_peer_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code operator_peer_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code backups_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code backup_now_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code backup_rehearse_post(struct request *r, struct json **ret,
	struct err *e);
MUST_USE enum err_code backup_settings_post(struct request *r, struct json **ret,
	struct err *e);
MUST_USE enum err_code peer_trust_call(struct request *r, struct err *e);

/* passkeys */
MUST_USE enum err_code passkey_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code passkey_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code passkey_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code passkey_remove_post(struct request *r, struct json **ret, struct err *e);

/* bookings */
MUST_USE enum err_code facility_into(struct request *r, struct json **model, struct err *e);
MUST_USE enum err_code soonest_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code book_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code book_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code opening_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code opening_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code feed_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code bookings_feed_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code bookings_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code bookings_waiting_model(struct request *r, struct json **ret,
	struct err *e);
MUST_USE enum err_code booking_model_of(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code booking_act_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code booking_contact_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code calendar_file(struct request *r, struct err *e);
MUST_USE enum err_code facility_calendar_file(struct request *r, struct err *e);
MUST_USE enum err_code peer_booking_door(struct request *r, struct err *e);

/* PDF */
MUST_USE enum err_code paper_file(struct request *r, struct err *e);

/* interest, outcomes */
MUST_USE enum err_code deals_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_erase_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_people_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code deal_data_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code outcomes_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code outcomes_picture_file(struct request *r, struct err *e);

/* the alliance */
MUST_USE enum err_code alliance_page_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code charter_page_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code alliance_join_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code alliance_leave_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code alliance_members_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code applications_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code application_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code motions_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code motion_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code motion_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code motion_page_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code motion_vote_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code motion_picture_file(struct request *r, struct err *e);
MUST_USE enum err_code groups_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code group_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code group_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code group_page_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code group_act_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code minutes_new_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code minutes_new_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code minutes_draft_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code minutes_draft_post(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code minutes_all_model(struct request *r, struct json **ret, struct err *e);
MUST_USE enum err_code minutes_page_model(struct request *r, struct json **ret, struct err *e);

/* parts of the pages, live events */
MUST_USE enum err_code events_file(struct request *r, struct err *e);
MUST_USE enum err_code design_model(struct request *r, struct json **ret, struct err *e);

#endif
