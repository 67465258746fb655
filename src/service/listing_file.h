/* listing_file.h - files attached to listings: to drafts, on pages, in the other city.
 *
 * Is:      files of the organisation (files.h) that a listing names by name, media type, size and
 *          digest; who may read one, and the copies of those of the other city's listings.
 * Is not:  the bytes (store/blobs.h), nor how they come from a peer (peer/gatherer.c).
 * I1  A file is handed in once its scan is clean, or on a node that scans nothing; what its first
 *     bytes are must be of a media type that the kind takes.
 * I2  Anyone may read what the newest version of a listing in force names, and nothing else: what
 *     is withdrawn, erased or has run out ends that at once, on both nodes.
 * I3  A copy is fetched when somebody asks for it, checked by its digest, and goes with its listing
 *     or when newer copies need the room; the owner's node keeps the organisation's own file.
 */
#ifndef HUREN_SERVICE_LISTING_FILE_H
#define HUREN_SERVICE_LISTING_FILE_H

#include "service/evidence.h"
#include "service/files.h"
#include "service/listing.h"

/* ---- of the own organisation's draft (capability post) --------------------------------------- */

struct listing_attach {
	int64_t revision;          /* of the draft, as the page showed it */
	struct str digest;         /* of one of the organisation's files; or */
	struct str name, bytes;    /* one that comes with the form, of at most 1 MB */
};
/* ERR_INVALID with *ret_problems beside "digest" or "file"; ERR_CONFLICT: not the newest revision,
 * or it has ended. */
MUST_USE enum err_code service_listing_attach(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct listing_attach *x,
	struct json **ret_problems, struct err *e);
MUST_USE enum err_code service_listing_detach(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision, const struct digest *d,
	struct err *e);
/* What its page needs: {"most","types": text,"choices": [{"digest","name","size"}],"attachments":
 * [file and "scan"]}; NULL when the kind takes none. */
MUST_USE enum err_code service_listing_files(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e);
/* [{"name","media_type","bytes","size","digest"}] of a listing's "attachments" or NULL. */
struct json *listing_files_model(struct arena *a, const struct json *files);

/* ---- reading --------------------------------------------------------------------------------- */

struct listing_file_found {
	struct str name, media_type;
	uint64_t bytes;
	bool here;                 /* it can be sent now */
	struct str problem;        /* else: why it does not come; empty: it is on its way */
	int64_t organisation;      /* whose file it is; 0: a copy */
};
/* Of a published listing, whoever asks; one of the other city that is not here is wished for.
 * Waits. ERR_NOT_FOUND: no such file, or its listing is not in force. */
MUST_USE enum err_code service_listing_file(struct service *s, struct arena *a,
	struct str listing, const struct digest *d, bool again, struct listing_file_found *ret,
	struct err *e);
/* Of one that waits for a review. */
MUST_USE enum err_code service_listing_reviewed_file(struct service *s, struct arena *a,
	int64_t id, const struct digest *d, struct listing_file_found *ret, struct err *e);
/* A row for its owner: people of the organisation and officers by name, others by their
 * organisation, strangers as "public". Waits. */
MUST_USE enum err_code service_listing_file_read(struct service *s,
	const struct listing_file_found *file, const struct account_who *by, const struct digest *d,
	const struct file_range *range, struct err *e);

/* ---- between nodes --------------------------------------------------------------------------- */

/* As service_disclose_evidence, for the file of an own listing: any peer may have it. */
MUST_USE enum err_code listing_file_disclose(struct service *s, struct arena *a,
	struct str peer_did, const uint8_t id_key[16], const struct digest *d, bool begins,
	struct err *e);
/* A copy has come and is in place. ERR_BUSY: not any more. */
MUST_USE enum err_code listing_copy_keep(struct service *s, const struct evidence_want *w,
	uint64_t bytes, struct err *e);

#endif
