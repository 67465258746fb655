/* routes.c - the table. */
#include "web/web_inner.h"

#define HTML "text/html, application/json"
#define JSON "application/json"
#define TEXT "text/plain"
#define BYTES "application/octet-stream"
#define VC "application/vc"
#define LIST_QUERY "q, state, city, after, rows"

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

const struct route routes[] = {
	/* pages, each with its twin */
	PAGE("/", home_model, "home", NULL, "This node: newest receipts, checkpoint, peers."),
	PAGE("/reports", reports_model, "reports", LIST_QUERY, "Inspection reports known here."),
	PAGE("/decisions", decisions_model, "decisions", LIST_QUERY,
		"Recognition decisions known here."),
	PAGE("/organisations", organisations_model, "organisations", "q, kind, city, after, rows",
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

	/* files */
	FILE_OF("/statements/:uuid/bundle", bundle_file, "application/vnd.huren.bundle+json",
		"Bundle file for checking offline."),
	FILE_OF("/statements/:uuid/proof", proof_file, TEXT, "Inclusion proof (tlog-proof)."),
	{ .method = "GET", .path = "/statements/:uuid/evidence/:digest", .run = RUN_WORKER,
	  .handle = statement_evidence_file, .gives = BYTES,
	  .help = "A file that the report names, by range too, for those entitled (token or signed "
	  	"request)." },
	ASK("/api/v1/evidence/:digest", RUN_HERE, evidence_file, "An evidence file, by range too."),
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
	ASK("/api/v1/recognition-requests/:id", RUN_HERE, request_call,
		"Where a recognition request stands."),
	ASK("/api/v1/status-slot", RUN_WORKER, status_slot_call,
		"A free place in a status list, for a report to be signed."),
	ASK("/api/v1/decisions/:id/explain", RUN_HERE, explain_call,
		"Decide again from the inputs of a decision, then and today."),
};
const size_t route_count = sizeof(routes) / sizeof(routes[0]);
