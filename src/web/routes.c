/* routes.c - the table. */
#include "web/tus.h"
#include "web/web_inner.h"

#define HTML "text/html, application/json"
#define JSON "application/json"
#define TEXT "text/plain"
#define WORKBOOK "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define BYTES "application/octet-stream"
#define VC "application/vc"
#define SHOWN "sort, columns, rows"
#define LIST_QUERY "q, state, city, after, before, " SHOWN

#define PAGE(path_, model_, page_, query_, help_)                                                \
	{ .method = "GET", .path = path_, .model = model_, .page = page_, .gives = HTML,         \
	  .query = query_, .help = help_ }
#define FILE_OF(path_, handle_, gives_, help_)                                                   \
	{ .method = "GET", .path = path_, .handle = handle_, .gives = gives_, .help = help_ }
#define CALL(path_, handle_, help_)                                                              \
	{ .method = "POST", .path = path_, .may = MAY_TOKEN, .run = RUN_WORKER,                  \
	  .handle = handle_, .body_bytes = LIMIT_REQUEST_BYTES, .takes = JSON, .gives = JSON,    \
	  .help = help_ }
#define ASK(path_, run_, handle_, help_)                                                         \
	{ .method = "GET", .path = path_, .may = MAY_TOKEN, .run = run_, .handle = handle_,      \
	  .gives = JSON, .help = help_ }
#define DOOR(path_, handle_, body_, takes_, gives_, help_)                                       \
	{ .method = "POST", .path = path_, .run = RUN_WORKER, .handle = handle_,                 \
	  .body_bytes = body_, .takes = takes_, .gives = gives_, .help = help_ }

#define FORM "application/x-www-form-urlencoded"
#define FORM_BYTES 8192
/* A form and what takes it; who may is written in the row. */
#define SHOW(path_, model_, page_, ...)                                                          \
	{ .method = "GET", .path = path_, .model = model_, .page = page_, .form = true,          \
	  .gives = HTML, __VA_ARGS__ }
#define TAKE(path_, model_, page_, run_, ...)                                                    \
	{ .method = "POST", .path = path_, .model = model_, .page = page_, .run = run_,          \
	  .form = true, .body_bytes = FORM_BYTES, .takes = FORM, .gives = HTML, __VA_ARGS__ }
/* One with texts of several thousand characters. */
#define FORM_LONG_BYTES 131072
#define TAKE_LONG(path_, model_, page_, ...)                                                     \
	{ .method = "POST", .path = path_, .model = model_, .page = page_, .run = RUN_WORKER,    \
	  .form = true, .body_bytes = FORM_LONG_BYTES, .takes = FORM, .gives = HTML, __VA_ARGS__ }
/* The same with files; a file that was kept. */
#define FILES(path_, model_, page_, ...)                                                         \
	{ .method = "POST", .path = path_, .model = model_, .page = page_, .run = RUN_WORKER,    \
	  .form = true, .body_bytes = LIMIT_MULTIPART_BYTES, .takes = "multipart/form-data",     \
	  .gives = HTML, __VA_ARGS__ }
#define KEPT(path_, handle_, ...)                                                                \
	{ .method = "GET", .path = path_, .handle = handle_,                                     \
	  .gives = "application/pdf, image/png, image/jpeg, " BYTES, __VA_ARGS__ }
/* A list as two files: what its page shows to whoever asks, without the page's end. */
#define LIST_FILE(path_, query_, what_, ...)                                                     \
	{ .method = "GET", .path = path_ ".csv", .run = RUN_FILE, .handle = list_file,           \
	  .gives = "text/csv", .query = query_, .help = what_ " as CSV.", __VA_ARGS__ },         \
	{ .method = "GET", .path = path_ ".xlsx", .run = RUN_FILE, .handle = list_file,          \
	  .gives = WORKBOOK,                                                                     \
	  .query = query_, .help = what_ " as an Excel workbook.", __VA_ARGS__ }
/* A long form; one that brings a file. */
#define TAKE_DRAFT(path_, model_, page_, run_, ...)                                               \
	{ .method = "POST", .path = path_, .model = model_, .page = page_, .run = run_,          \
	  .form = true, .body_bytes = LIMIT_STATEMENT_BYTES, .takes = FORM, .gives = HTML,       \
	  __VA_ARGS__ }
#define TAKE_FILE(path_, model_, page_, run_, ...)                                               \
	{ .method = "POST", .path = path_, .model = model_, .page = page_, .run = run_,          \
	  .form = true, .body_bytes = LIMIT_MULTIPART_BYTES, .takes = "multipart/form-data",     \
	  .gives = HTML, __VA_ARGS__ }
#define SIGNED_IN .may = MAY_ACCOUNT
#define HOLDS(name) .may = MAY_ACCOUNT, .capability = CAPABILITY_##name
#define UPLOADS HOLDS(FILES), .token_too = true, .gives = NULL
#define QUEUE HOLDS(DECIDE), .or = CAPABILITY_APPROVE

const struct route routes[] = {
	/* pages, each with its twin */
	PAGE("/", home_model, "home", NULL, "This node: newest receipts, checkpoint, peers."),
	PAGE("/reports", reports_model, "reports", LIST_QUERY, "Inspection reports known here."),
	PAGE("/decisions", decisions_model, "decisions", LIST_QUERY,
		"Recognition decisions known here."),
	PAGE("/organisations", organisations_model, "organisations",
		"q, kind, city, after, before, " SHOWN,
		"Authorities, labs and applicants, with their accreditations."),
	PAGE("/peers", peers_model, "peers", NULL, "Peers and how fresh they are known."),
	PAGE("/schemes", schemes_model, "schemes", NULL,
		"Test schemes and recognition agreements in use."),
	PAGE("/about", about_model, "about", NULL, "The words used here, and what they mean."),
	PAGE("/problems/:name", problem_model, "problem", NULL, "What a kind of problem means."),
	{ .method = "GET", .path = "/check", .model = check_model, .page = "check", .gives = HTML,
	  .query = "number", .moves = "The statement of that number.",
	  .help = "Check a report by its number." },
	{ .method = "POST", .path = "/check", .model = check_post_model, .page = "check",
	  .body_bytes = LIMIT_MULTIPART_BYTES,
	  .takes = "multipart/form-data, application/vnd.huren.bundle+json, application/json",
	  .gives = HTML, .help = "Check a bundle file." },
	{ .method = "GET", .path = "/statements/:uuid", .model = statement_model,
	  .page = "statement", .gives = HTML ", " VC ", application/vc+jwt",
	  .help = "One statement with its proof; by Accept also the statement itself." },

	/* lists as files */
	LIST_FILE("/reports", "q, state, city, sort, columns", "The filtered list of reports",
		.may = MAY_ANYONE),
	LIST_FILE("/decisions", "q, state, city, sort, columns", "The filtered list of decisions",
		.may = MAY_ANYONE),
	LIST_FILE("/organisations", "q, kind, city, sort, columns",
		"The filtered list of organisations", .may = MAY_ANYONE),
	LIST_FILE("/people", "q, sort, columns", "The list of people", HOLDS(PEOPLE)),
	LIST_FILE("/audit", "action, result, actor, sort, columns", "The filtered audit trail",
		HOLDS(AUDIT), .confirmed = true),

	/* accounts */
	PAGE("/roles", roles_page_model, "roles", NULL, "Every role and what it may do."),
	SHOW("/sign-in", sign_in_model, "sign_in", .query = "next",
		.moves = "The own account, for who is signed in.",
		.help = "Sign in: name and password."),
	TAKE("/sign-in", sign_in_post, "sign_in", RUN_PASSWORD, .moves = "The second factor.",
		.help = "Name and password."),
	SHOW("/sign-in/code", code_model, "code", .may = MAY_HALF, .query = "next",
		.moves = "Another step of signing in.", .help = "Sign in: second factor."),
	TAKE("/sign-in/code", code_post, "code", RUN_PASSWORD, .may = MAY_HALF,
		.moves = "Where one was going.",
		.help = "Code of the second factor, or a recovery code."),
	SHOW("/sign-in/enrol", enrol_model, "enrol", .may = MAY_HALF, .query = "next",
		.moves = "Another step of signing in.", .help = "Set up a second factor."),
	TAKE("/sign-in/enrol", enrol_post, "enrol", RUN_PASSWORD, .may = MAY_HALF,
		.moves = "Another step of signing in.",
		.help = "First code of a new second factor; gives the recovery codes, once."),
	SHOW("/join/:code", join_model, "join", .help = "Take an invitation."),
	TAKE("/join/:code", join_post, "join", RUN_PASSWORD, .moves = "The second factor.",
		.help = "Set the first password."),
	TAKE("/sign-out", sign_out_post, "account", RUN_WORKER, .may = MAY_HALF,
		.moves = "The first page.", .help = "End this session."),
	SHOW("/account", own_account_model, "account", SIGNED_IN, .query = "changed",
		.help = "The own account: roles, sessions, second factor."),
	SHOW("/account/confirm", confirm_model, "confirm", SIGNED_IN, .query = "next",
		.help = "Type the password again before a dangerous act."),
	TAKE("/account/confirm", confirm_post, "confirm", RUN_PASSWORD, SIGNED_IN,
		.moves = "Where one was going.", .help = "The password again."),
	SHOW("/account/password", password_model, "password", SIGNED_IN,
		.help = "Change the password."),
	TAKE("/account/password", password_post, "password", RUN_PASSWORD, SIGNED_IN,
		.moves = "The own account.", .help = "A new password; other sessions end."),
	TAKE("/account/sessions/:id", session_end_post, "account", RUN_WORKER, SIGNED_IN,
		.moves = "The own account.", .help = "End a session, or \"others\"."),
	TAKE("/account/factor", factor_post, "account", RUN_WORKER, SIGNED_IN, .confirmed = true,
		.moves = "Setting up the second factor.", .help = "Begin a new second factor."),
	TAKE("/account/recovery-codes", recovery_post, "account", RUN_WORKER, SIGNED_IN,
		.confirmed = true, .help = "New recovery codes; the old ones end."),
	SHOW("/register", register_model, "register", .help = "Register an organisation."),
	TAKE("/register", register_post, "register", RUN_WORKER,
		.help = "An organisation and its first account; the authority confirms it."),
	SHOW("/waiting", waiting_model, "waiting", HOLDS(CONFIRM),
		.help = "Organisations that wait to be confirmed."),
	TAKE("/waiting/:id", waiting_post, "waiting", RUN_WORKER, HOLDS(CONFIRM),
		.confirmed = true, .moves = "Those that wait.",
		.help = "Confirm or refuse an organisation."),
	SHOW("/people", people_model, "people", HOLDS(PEOPLE),
		.query = "q, after, before, " SHOWN,
		.help = "People of the own organisation; of all, for who may lock."),
	SHOW("/people/:name", person_model, "person", HOLDS(PEOPLE), .confirmed = true,
		.help = "One of them: roles, lock, reset."),
	TAKE("/people/:name/roles", person_roles_post, "person", RUN_WORKER, HOLDS(PEOPLE),
		.confirmed = true, .moves = "The person.", .help = "Give and take roles."),
	TAKE("/people/:name/lock", person_lock_post, "person", RUN_WORKER, HOLDS(PEOPLE),
		.confirmed = true, .moves = "The person.", .help = "Lock or unlock an account."),
	TAKE("/people/:name/reset", person_reset_post, "person", RUN_WORKER, HOLDS(PEOPLE),
		.confirmed = true, .help = "Take password and factor away; a new invitation."),
	SHOW("/invite", invite_model, "invite", HOLDS(PEOPLE), .confirmed = true,
		.help = "Invite somebody."),
	TAKE("/invite", invite_post, "invite", RUN_WORKER, HOLDS(PEOPLE), .confirmed = true,
		.help = "A new account; gives the invitation, once."),
	SHOW("/audit", audit_model, "audit", HOLDS(AUDIT),
		.query = "action, result, actor, after, before, " SHOWN,
		.help = "The audit trail."),
	{ .method = "GET", .path = "/audit/export", .may = MAY_ACCOUNT,
	  .capability = CAPABILITY_AUDIT, .confirmed = true, .handle = audit_export_file,
	  .query = "after", .gives = "application/x-ndjson",
	  .help = "The audit trail as lines of JSON, oldest first." },

	/* listings */
	PAGE("/listings", listings_model, "listings",
		"q, kind, city, region, industry, after, rows",
		"Published listings of both cities."),
	SHOW("/listings/own", listings_own_model, "listings_own", HOLDS(POST),
		.query = "kind, state, after", .help = "Listings of the own organisation."),
	SHOW("/listings/own/:id", listing_own_model, "listing_edit", HOLDS(POST), .query = "done",
		.help = "One of them, to be changed."),
	TAKE_LONG("/listings/own/:id", listing_own_post, "listing_edit", HOLDS(POST),
		.moves = "The same, saved.", .help = "Save it, and hand it in."),
	TAKE("/listings/own/:id/end", listing_end_post, "listing_edit", RUN_WORKER, HOLDS(POST),
		.confirmed = true, .moves = "The own listings.", .help = "Withdraw or erase it."),
	SHOW("/listings/new/:kind", listing_new_model, "listing_edit", HOLDS(POST),
		.help = "A new listing of a kind."),
	TAKE_LONG("/listings/new/:kind", listing_new_post, "listing_edit", HOLDS(POST),
		.moves = "The new listing.", .help = "Save it, and hand it in."),
	PAGE("/listings/:uuid", listing_model, "listing", NULL, "One published listing."),
	SHOW("/review", reviews_model, "reviews", HOLDS(MODERATE),
		.help = "Listings that wait to be looked at."),
	SHOW("/review/:id", review_model, "review", HOLDS(MODERATE), .help = "One of them."),
	TAKE("/review/:id", review_post, "review", RUN_WORKER, HOLDS(MODERATE),
		.moves = "Those that wait.", .help = "Publish it, or send it back."),

	/* drafting, signing, bulk import */
	SHOW("/drafts", drafts_model, "drafts", SIGNED_IN, .query = "q, state, after, rows",
		.help = "Drafts of reports of the own lab."),
	TAKE("/drafts", draft_new_post, "draft_new", RUN_WORKER, HOLDS(DRAFT),
		.moves = "The new draft.", .help = "Begin a draft by hand."),
	SHOW("/drafts/new", draft_new_model, "draft_new", HOLDS(DRAFT),
		.help = "Begin a draft: by hand, or from an evaluation."),
	TAKE_FILE("/drafts/new/evaluation", draft_upload_post, "draft_new", RUN_WORKER,
		HOLDS(DRAFT), .moves = "The draft.",
		.help = "A new draft from an evaluation document."),
	SHOW("/drafts/new/evaluate", evaluate_model, "draft_evaluate", HOLDS(DRAFT),
		.help = "Have evidence held here judged, into a new draft."),
	TAKE_DRAFT("/drafts/new/evaluate", evaluate_post, "draft_evaluate", RUN_WORKER,
		HOLDS(DRAFT), .moves = "How far the evaluation is.",
		.help = "Begin an evaluation on this node."),
	SHOW("/drafts/evaluations/:job", evaluation_job_model, "draft_job", SIGNED_IN,
		.help = "How far an evaluation on this node is."),
	SHOW("/drafts/:id", draft_model, "draft", SIGNED_IN,
		.help = "A draft: what stands in it, what is missing, what follows."),
	SHOW("/drafts/:id/edit/:section", draft_edit_model, "draft_edit", HOLDS(DRAFT),
		.help = "A part of a draft: report, parties or vehicle."),
	TAKE_DRAFT("/drafts/:id/edit/:section", draft_edit_post, "draft_edit", RUN_WORKER,
		HOLDS(DRAFT), .moves = "The next part, or the draft.",
		.help = "Write a part of a draft, on the revision that was shown."),
	SHOW("/drafts/:id/items/:item", draft_item_model, "draft_edit", HOLDS(DRAFT),
		.help = "The result of one item, or \"new\"."),
	TAKE_DRAFT("/drafts/:id/items/:item", draft_item_post, "draft_edit", RUN_WORKER,
		HOLDS(DRAFT), .moves = "The draft, or another new item.",
		.help = "Write the result of one item."),
	TAKE("/drafts/:id/items/:item/drop", draft_item_drop_post, "draft", RUN_WORKER,
		HOLDS(DRAFT), .moves = "The draft.", .help = "Take an item out."),
	TAKE_FILE("/drafts/:id/evaluation", draft_upload_post, "draft_new", RUN_WORKER,
		HOLDS(DRAFT), .moves = "The draft.",
		.help = "Fill an item from an evaluation document."),
	SHOW("/drafts/:id/evaluate", evaluate_model, "draft_evaluate", HOLDS(DRAFT),
		.help = "Have evidence held here judged, into this draft."),
	TAKE_DRAFT("/drafts/:id/evaluate", evaluate_post, "draft_evaluate", RUN_WORKER,
		HOLDS(DRAFT), .moves = "How far the evaluation is.",
		.help = "Begin an evaluation on this node."),
	TAKE("/drafts/:id/evaluate-again", evaluate_again_post, "draft_sign", RUN_WORKER,
		HOLDS(SIGN), .confirmed = true, .moves = "What is to be signed.",
		.help = "Judge again what the items bind."),
	{ .method = "GET", .path = "/drafts/:id/pictures/:digest/:run", .may = MAY_ACCOUNT,
	  .handle = draft_picture_file, .gives = "image/svg+xml",
	  .help = "Signals of a run that the draft's evaluation judged." },
	TAKE("/drafts/:id/hand-over", draft_hand_over_post, "draft", RUN_WORKER, HOLDS(DRAFT),
		.moves = "The draft.", .help = "Freeze a draft for signature."),
	TAKE("/drafts/:id/discard", draft_discard_post, "draft", RUN_WORKER, HOLDS(DRAFT),
		.moves = "The drafts.", .help = "Give a draft up."),
	SHOW("/drafts/:id/sign", draft_sign_model, "draft_sign", HOLDS(SIGN), .confirmed = true,
		.help = "What is to be signed."),
	TAKE("/drafts/:id/sign", draft_sign_post, "draft_sign", RUN_PASSWORD, HOLDS(SIGN),
		.confirmed = true, .moves = "The draft.",
		.help = "Sign with the lab's key that this node keeps sealed, and publish."),
	TAKE("/drafts/:id/send-back", draft_send_back_post, "draft_sign", RUN_WORKER, HOLDS(SIGN),
		.confirmed = true, .moves = "The draft.", .help = "Send back with a reason."),
	{ .method = "POST", .path = "/drafts/:id/unsigned", .run = RUN_WORKER,
	  .may = MAY_ACCOUNT, .capability = CAPABILITY_SIGN, .confirmed = true, .form = true,
	  .handle = draft_unsigned_file, .body_bytes = FORM_BYTES, .takes = FORM, .gives = VC,
	  .help = "The statement without proofs, to be signed on the lab's own machine." },
	TAKE_FILE("/drafts/:id/signed", draft_signed_post, "draft_sign", RUN_WORKER, HOLDS(SIGN),
		.confirmed = true, .moves = "The draft.",
		.help = "That statement, signed: it is published."),
	SHOW("/imports", imports_model, "imports", HOLDS(DRAFT), .query = "after",
		.help = "Tables of reports that the own lab handed in."),
	TAKE_FILE("/imports", import_post, "imports", RUN_WORKER, HOLDS(DRAFT),
		.moves = "What each row would become.",
		.help = "Hand in a table: CSV or an Excel workbook."),
	{ .method = "GET", .path = "/imports/template.csv", .may = MAY_ACCOUNT,
	  .capability = CAPABILITY_DRAFT, .handle = import_csv_file, .gives = "text/csv",
	  .help = "The empty table to fill in." },
	{ .method = "GET", .path = "/imports/template.xlsx", .may = MAY_ACCOUNT, .run = RUN_WORKER,
	  .capability = CAPABILITY_DRAFT, .handle = import_xlsx_file,
	  .gives = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	  .help = "The empty table as a workbook." },
	SHOW("/imports/:id", import_model, "import", HOLDS(DRAFT),
		.help = "What each row of a table would become, and all errors."),
	TAKE("/imports/:id/make", import_make_post, "import", RUN_WORKER, HOLDS(DRAFT),
		.moves = "The drafts.", .help = "Make the drafts whose rows are all good."),
	SHOW("/statements/:uuid/amend", lab_report_model, "report_amend", HOLDS(DRAFT),
		.help = "Amend a report of the own lab: the reason."),
	TAKE("/statements/:uuid/amend", report_amend_post, "report_amend", RUN_WORKER,
		HOLDS(DRAFT), .moves = "The new draft.",
		.help = "Begin a draft with what the report says."),
	SHOW("/statements/:uuid/withdraw", lab_report_model, "report_withdraw", HOLDS(SIGN),
		.confirmed = true, .help = "Withdraw a report of the own lab: the reason."),
	TAKE("/statements/:uuid/withdraw", report_withdraw_post, "report_withdraw", RUN_PASSWORD,
		HOLDS(SIGN), .confirmed = true, .moves = "The report.",
		.help = "Withdraw it with the lab's key."),

	/* uploads and files of an organisation */
	{ .method = "OPTIONS", .path = "/uploads", .handle = upload_options, .gives = NULL,
	  .help = "What of the tus protocol this node offers." },
	{ .method = "POST", .path = "/uploads", .run = RUN_WORKER, .handle = upload_post,
	  UPLOADS,
	  .help = "Begin a resumable upload (tus 1.0.0)." },
	{ .method = "HEAD", .path = "/uploads/:id", .run = RUN_WORKER, .handle = upload_head,
	  UPLOADS,
	  .help = "How far an upload came." },
	{ .method = "PATCH", .path = "/uploads/:id", .run = RUN_WORKER,
	  .receive_begin = upload_receive_begin, .receive = upload_receive,
	  .handle = upload_patch, .body_bytes = UINT32_MAX, .takes = TUS_PIECE_TYPE, UPLOADS,
	  .help = "Go on with an upload where it stands." },
	{ .method = "DELETE", .path = "/uploads/:id", .run = RUN_WORKER,
	  .handle = upload_delete, UPLOADS, .help = "Give an upload up." },
	TAKE("/uploads/:id/cancel", upload_cancel_post, "files", RUN_WORKER, HOLDS(FILES),
		.moves = "The list of files.", .help = "Give an upload up, by a form."),
	SHOW("/files", files_model, "files", HOLDS(READ_OWN), .query = "q, scan, sort, after",
		.help = "Files of the own organisation."),
	{ .method = "POST", .path = "/files", .model = files_post, .page = "files",
	  .run = RUN_WORKER, .form = true, .receive_begin = files_receive_begin,
	  .receive = files_receive, .body_bytes = UINT32_MAX, .takes = "multipart/form-data",
	  .gives = HTML, HOLDS(FILES), .moves = "The list of files.",
	  .help = "Hand in files by a plain form; its first field is \"csrf\"." },
	SHOW("/files/:digest", file_model, "file", HOLDS(READ_OWN), .query = "after",
		.help = "A file: facts, what refers to it, who read it."),
	{ .method = "GET", .path = "/files/:digest/content", .run = RUN_WORKER,
	  .handle = file_content, .gives = BYTES, HOLDS(READ_OWN),
	  .help = "The file itself, by range too; its owner sees who read it." },
	TAKE("/files/:digest/delete", file_delete_post, "file", RUN_WORKER, HOLDS(FILES),
		.moves = "The list of files.", .help = "Let go of a file that nothing refers to."),

	/* asking for recognition, the queue, objections */
	SHOW("/vehicles", vehicles_model, "vehicles", HOLDS(REQUEST), .query = "after",
		.help = "The own vehicles, by configuration, and their reports."),
	TAKE("/vehicles", bring_post, "vehicles", RUN_WORKER, HOLDS(REQUEST),
		.moves = "The own vehicles.",
		.help = "Fetch an own report of another city by its id or address."),
	SHOW("/requests", requests_model, "requests", HOLDS(REQUEST), .query = "q, show, after",
		.help = "The own recognition requests and drafts."),
	SHOW("/requests/new", request_new_model, "request_draft", HOLDS(REQUEST),
		.help = "A new recognition request: its first step."),
	TAKE("/requests/new", request_new_post, "request_draft", RUN_WORKER, HOLDS(REQUEST),
		.moves = "The second step.", .help = "Begin a draft."),
	SHOW("/requests/new/:draft/:step", dossier_draft_model, "request_draft", HOLDS(REQUEST),
		.help = "A step of a draft."),
	TAKE("/requests/new/:draft/:step", dossier_draft_post, "request_draft", RUN_WORKER,
		HOLDS(REQUEST),
		.moves = "The next step, or the request.",
		.help = "Keep a step; \"5\" sends the request, \"drop\" drops the draft."),
	FILES("/requests/new/:draft/4/documents", dossier_draft_document_post, "request_draft",
		HOLDS(REQUEST), .moves = "The fourth step.",
		.help = "A file for a document of a draft."),
	KEPT("/requests/new/:draft/documents/:document", dossier_draft_document_file,
		HOLDS(REQUEST),
		.help = "A file handed in with a draft."),
	SHOW("/requests/:id", request_model, "request", HOLDS(REQUEST),
		.help = "One of the own requests: state, clock, what is missing, decision."),
	FILES("/requests/:id/documents", request_document_post, "request", HOLDS(REQUEST),
		.moves = "The request.", .help = "Hand in a file."),
	KEPT("/requests/:id/documents/:document", request_document_file, HOLDS(REQUEST),
		.help = "A file handed in."),
	TAKE("/requests/:id/back", request_hand_back_post, "request", RUN_WORKER, HOLDS(REQUEST),
		.moves = "The request.", .help = "What was asked for is handed in."),
	TAKE("/requests/:id/messages", request_say_post, "request", RUN_WORKER, HOLDS(REQUEST),
		.moves = "The request.", .help = "A message to the authority."),
	TAKE("/requests/:id/objection", request_object_post, "request", RUN_WORKER, HOLDS(REQUEST),
		.moves = "The request.", .help = "Object to the decision, with the reason."),
	SHOW("/queue", queue_model, "queue", QUEUE, .query = "q, show, after",
		.help = "Recognition requests, oldest clock first."),
	SHOW("/queue/:id", queue_item_model, "queue_item", QUEUE,
		.help = "A request with what would be decided now, item by item."),
	KEPT("/queue/:id/documents/:document", queue_document_file, QUEUE,
		.help = "A file handed in."),
	TAKE("/queue/:id/missing", queue_ask_post, "queue_item", RUN_WORKER, HOLDS(DECIDE),
		.moves = "The request.", .help = "Ask for what is missing; the clock stops."),
	TAKE("/queue/:id/prepare", queue_prepare_post, "queue_item", RUN_WORKER, HOLDS(DECIDE),
		.moves = "The request.", .help = "Prepare the decision, or answer an objection."),
	TAKE("/queue/:id/approve", queue_approve_post, "queue_item", RUN_WORKER, HOLDS(APPROVE),
		.moves = "The request.", .help = "Approve as the second person: it is issued."),
	TAKE("/queue/:id/return", queue_return_post, "queue_item", RUN_WORKER, HOLDS(APPROVE),
		.moves = "The request.", .help = "Send back to the officers, with the reason."),
	TAKE("/queue/:id/messages", queue_say_post, "queue_item", RUN_WORKER, QUEUE,
		.moves = "The request.", .help = "A message to the company."),

	/* accreditations and agreements kept by the authority */
	SHOW("/accreditations", accreditations_model, "accreditations", HOLDS(ACCREDIT),
		.query = "q, state, after", .help = "Accreditations of this city's labs by date."),
	SHOW("/accreditations/new", accredit_model, "accredit", HOLDS(ACCREDIT),
		.confirmed = true, .query = "lab", .help = "Prepare an accreditation."),
	TAKE("/accreditations/new", accredit_post, "accredit", RUN_WORKER, HOLDS(ACCREDIT),
		.confirmed = true, .moves = "The prepared act.",
		.help = "An accreditation, for a second person to confirm."),
	SHOW("/accreditations/:uuid", accreditation_model, "accreditation_status",
		HOLDS(ACCREDIT), .confirmed = true,
		.help = "One accreditation, to be suspended, withdrawn or reinstated."),
	TAKE("/accreditations/:uuid", accreditation_status_post, "accreditation_status",
		RUN_WORKER, HOLDS(ACCREDIT), .confirmed = true, .moves = "The prepared act.",
		.help = "A change of its status, for a second person to confirm."),
	SHOW("/agreements", agreements_model, "agreements", HOLDS(ACCREDIT), .confirmed = true,
		.help = "Recognition agreements; signing one that the other city proposes."),
	{ .method = "POST", .path = "/agreements", .model = agreements_post,
	  .page = "agreements", .run = RUN_WORKER, .form = true, HOLDS(ACCREDIT),
	  .confirmed = true, .body_bytes = LIMIT_MULTIPART_BYTES,
	  .takes = FORM ", multipart/form-data", .gives = HTML, .moves = "The prepared act.",
	  .help = "A proposal with the other side's proof, for a second person to confirm." },
	SHOW("/organisations/new", organisation_new_model, "organisation_new", HOLDS(CONFIRM),
		.confirmed = true, .query = "code",
		.help = "Confirmed organisations whose keys are not published yet."),
	TAKE("/organisations/new", organisation_new_post, "organisation_new", RUN_WORKER,
		HOLDS(CONFIRM), .confirmed = true, .moves = "The prepared act.",
		.help = "An organisation's keys, for a second person to confirm."),
	SHOW("/acts", acts_model, "acts", SIGNED_IN, .query = "show, after",
		.help = "Acts that wait for a second person."),
	SHOW("/acts/:id", act_model, "act", SIGNED_IN, .confirmed = true,
		.help = "One prepared act, as the second person reads it."),
	TAKE("/acts/:id", act_post, "act", RUN_WORKER, SIGNED_IN, .confirmed = true,
		.moves = "The act.", .help = "Confirm, refuse or take back a prepared act."),

	/* notices and mail */
	SHOW("/notices", notices_model, "notices", SIGNED_IN, .query = "show, after",
		.help = "Notices of the own account, unread ones first."),
	{ .method = "GET", .path = "/notices/:id", .may = MAY_ACCOUNT, .run = RUN_WORKER,
	  .model = notice_model, .page = "notices", .moves = "The page it is about.",
	  .help = "Go to what a notice is about; it counts as read." },
	TAKE("/notices/read", notices_read_post, "notices", RUN_WORKER, SIGNED_IN,
		.moves = "Notices.", .help = "Mark a notice as read, or all up to one."),
	SHOW("/account/notices", mail_settings_model, "mail_settings", SIGNED_IN,
		.query = "changed", .help = "Whether and where notices come by mail."),
	TAKE("/account/notices", mail_settings_post, "mail_settings", RUN_WORKER, SIGNED_IN,
		.moves = "The same page.", .help = "Set mail address, how often, language."),
	TAKE("/account/notices/code", mail_code_post, "mail_settings", RUN_WORKER, SIGNED_IN,
		.moves = "The same page.", .help = "Confirm a mail address by the code sent."),

	/* health, peers, keys, backup */
	SHOW("/operator", operator_model, "operator", HOLDS(OPERATE),
		.help = "Health of the node: signing, disk, peers, keys, backups, requests."),
	SHOW("/operator/peers/:domain", operator_peer_model, "operator_peer", HOLDS(OPERATE),
		.confirmed = true,
		.help = "One peer; both heads when its log forked, and what is kept of forks."),
	TAKE("/operator/peers/:domain/trust", operator_peer_post, "operator_peer", RUN_WORKER,
		HOLDS(OPERATE), .confirmed = true, .moves = "The peer.",
		.help = "Restore trust in a peer whose present log goes on from what is held."),
	SHOW("/operator/backups", backups_model, "backups", HOLDS(OPERATE), .confirmed = true,
		.help = "Backups in the configured folder, and their rehearsals."),
	TAKE("/operator/backups", backup_now_post, "backups", RUN_WORKER, HOLDS(OPERATE),
		.confirmed = true, .moves = "The backups.", .help = "Begin a backup."),
	TAKE("/operator/backups/:name/rehearse", backup_rehearse_post, "backups", RUN_WORKER,
		HOLDS(OPERATE), .confirmed = true, .moves = "The backups.",
		.help = "Begin the rehearsal of a backup."),
	TAKE("/operator/backup-settings", backup_settings_post, "backups", RUN_WORKER,
		HOLDS(OPERATE), .confirmed = true, .moves = "The backups.",
		.help = "How often to back up, and how many to keep."),

	/* passkeys */

	/* PDF */
	{ .method = "GET", .path = "/statements/:uuid/pdf", .run = RUN_PAPER, .handle = paper_file,
	  .query = "lang, evaluation", .gives = "application/pdf",
	  .help = "The printed paper of a report, decision or accreditation, or of one evaluation "
	  	"that a report binds, for who may read it." },

	/* parts of the pages, live events */

	/* files */
	FILE_OF("/statements/:uuid/bundle", bundle_file, "application/vnd.huren.bundle+json",
		"Bundle file for checking offline."),
	FILE_OF("/statements/:uuid/proof", proof_file, TEXT, "Inclusion proof (tlog-proof)."),
	{ .method = "GET", .path = "/statements/:uuid/evidence/:digest", .run = RUN_WORKER,
	  .handle = statement_evidence_file, .gives = BYTES,
	  .help = "A file that the report names, by range too, for those entitled (token or signed "
	  	"request)." },
	ASK("/api/v1/evidence/:digest", RUN_WORKER, evidence_file,
		"An evidence file, by range too."),
	FILE_OF("/statements/:uuid/pictures/:digest/:run", picture_file, "image/svg+xml",
		"Signals of a run that the report's evaluation judged (token)."),
	FILE_OF("/status-lists/:list", status_list_file, VC, "Newest version of a status list."),
	FILE_OF("/.well-known/did.json", node_did_file, "application/did+json",
		"DID document of the authority."),
	FILE_OF("/org/:code/did.json", organisation_did_file, "application/did+json",
		"DID document of an organisation."),
	FILE_OF("/peer.json", peer_card_file, JSON, "What another node needs to become a peer."),
	FILE_OF("/trust.policy", trust_policy_file, TEXT, "Trust policy (tlog-policy)."),
	FILE_OF("/contexts/v1", context_file, "application/ld+json", "JSON-LD context."),
	FILE_OF("/openapi.json", openapi_file, JSON, "This description."),
	FILE_OF("/metrics", metrics_file, TEXT, "Figures for Prometheus."),
	{ .method = "GET", .path = "/healthz", .handle = health_file, .gives = JSON,
	  .refuses = JSON, .help = "200 when the node signs and has disk, else 503." },
	FILE_OF("/static/:file", asset_file, "text/css, text/javascript, image/svg+xml",
		"Style, script, picture."),

	/* tlogs */
	FILE_OF("/tlog/checkpoint", checkpoint_file, TEXT, "Newest checkpoint of this tlog."),
	FILE_OF("/tlog/tile/+tile", tile_file, BYTES, "Tile or entry bundle of this tlog."),
	FILE_OF("/mirror/:origin/checkpoint", mirror_checkpoint_file, TEXT,
		"Newest checkpoint of a mirrored tlog."),
	FILE_OF("/mirror/:origin/tile/+tile", mirror_tile_file, BYTES,
		"Tile or entry bundle of a mirrored tlog."),
	FILE_OF("/witness/:origin/checkpoint", witness_checkpoint_file, TEXT,
		"Newest checkpoint that this witness cosigned."),
	{ .method = "POST", .path = "/witness/add-checkpoint", .run = RUN_WORKER,
	  .handle = witness_add, .body_bytes = LIMIT_NOTE_BYTES + 8192, .takes = TEXT,
	  .gives = TEXT, .refuses = "text/x.tlog.size",
	  .help = "Witness: cosign a checkpoint that extends the last." },
	DOOR("/peer/v1/notice", peer_notice_door, 4096, JSON, NULL,
		"A peer says that it has something new (signed request)."),
	DOOR("/peer/v1/body", peer_body_door, 4096, JSON, JSON,
		"A peer asks for a body it may read (signed request)."),

	/* writing */
	{ .method = "POST", .path = "/api/v1/statements", .may = MAY_TOKEN, .run = RUN_PARKED,
	  .begin = statement_begin, .handle = statement_end, .body_bytes = LIMIT_REQUEST_BYTES,
	  .takes = VC ", application/vnd.huren.submission+json, " JSON, .gives = JSON,
	  .help = "Publish a signed statement; answered when it is durable and covered." },
	CALL("/api/v1/accounts", accounts_call, "Invite an account, also an administrator's."),
	ASK("/api/v1/accounts", RUN_HERE, accounts_list_call, "Accounts of the node."),
	CALL("/api/v1/accounts/:name/:change", account_change_call,
		"Lock, unlock, reset an account, or set its roles."),
	{ .method = "GET", .path = "/api/v1/audit", .may = MAY_TOKEN, .handle = audit_call,
	  .query = "after", .gives = "application/x-ndjson",
	  .help = "The audit trail as lines of JSON, oldest first." },
	CALL("/api/v1/organisations", organisation_call, "Register an organisation of this city."),
	CALL("/api/v1/accreditations", accreditation_call, "Accredit a lab."),
	CALL("/api/v1/agreements/sign", agreement_sign_call,
		"Add this city's proof to an agreement."),
	CALL("/api/v1/status-changes", status_change_call, "Withdraw, suspend or reinstate."),
	CALL("/api/v1/recognition-requests", recognition_request_call,
		"Ask for recognition of reports."),
	{ .method = "POST", .path = "/api/v1/evidence", .may = MAY_TOKEN, .run = RUN_WORKER,
	  .receive_begin = evidence_receive_begin, .receive = evidence_receive,
	  .handle = evidence_received, .body_bytes = UINT32_MAX, .takes = BYTES, .gives = JSON,
	  .query = "name, type, digest",
	  .help = "Keep an evidence file; the body is the file, of any size." },
	ASK("/api/v1/evidence", RUN_HERE, evidence_list_call, "Evidence files held here."),
	ASK("/api/v1/reports/:id/evidence", RUN_HERE, evidence_of_call,
		"Files that a report names, and which are here."),
	CALL("/api/v1/evidence-fetches", evidence_fetch_call,
		"Fetch the files that a report of a peer names."),
	CALL("/api/v1/recomputations", recomputation_call,
		"State that a report's evidence was judged again, with what result."),
	CALL("/api/v1/peers/:domain/trust", peer_trust_call,
		"Restore trust in a peer whose present log goes on from what is held."),
	ASK("/api/v1/recognition-requests/:id", RUN_HERE, request_call,
		"Where a recognition request stands."),
	ASK("/api/v1/status-slot", RUN_WORKER, status_slot_call,
		"A free place in a status list, for a report to be signed."),
	ASK("/api/v1/decisions/:id/explain", RUN_HERE, explain_call,
		"Decide again from the inputs of a decision, then and today."),
};
const size_t route_count = sizeof(routes) / sizeof(routes[0]);
