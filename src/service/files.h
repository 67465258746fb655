/* files.h - files of organisations: list, one file, reading, letting go, and what refers to them.
 *
 * Is:      a row an organisation and digest over the node's evidence files (store/blobs.h). Bytes
 *          that two organisations hand in are kept once; each sees its own row only, and nothing
 *          tells one of the other.
 * Is not:  the way in (upload.h), nor the bytes.
 * Rule:    who may read the own organisation's things sees its files; others' are as if there were
 *          none, and the attempt is noted. A file that waits for the scan is not readable yet: it
 *          lies under no digest before.
 */
#ifndef HUREN_SERVICE_FILES_H
#define HUREN_SERVICE_FILES_H

#include "crypto/digest.h"
#include "service/account.h"

struct files_query {
	struct str text;           /* part of the name */
	struct str scan;           /* waiting, clean, infected, not-scanned; or empty */
	struct str sort;           /* time (or empty), name, size */
	struct str after;          /* page key */
};
/* {"rows": [file], "uploads": [under way], "used", "allowed", "percent", "query", "sorts",
 * "scans", "may_upload", "scanning", "next"?}: doc/models.md. ERR_INVALID names the field. */
MUST_USE enum err_code service_files(struct service *s, struct arena *a,
	const struct account_who *by, const struct files_query *q, struct json **ret,
	struct err *e);
/* One file with its uses and readers. ERR_NOT_FOUND. */
MUST_USE enum err_code service_file(struct service *s, struct arena *a,
	const struct account_who *by, const struct digest *d, struct str after, struct json **ret,
	struct err *e);
struct file_range {
	uint64_t from, bytes;
};
/* May it be read now? Leaves a row of the access. Waits. ERR_NOT_FOUND; ERR_CONFLICT: it waits for
 * the scan, or was removed by it. */
MUST_USE enum err_code service_file_read(struct service *s, struct arena *a,
	const struct account_who *by, const struct digest *d, const struct file_range *range,
	struct str *ret_name, struct err *e);
/* Waits. ERR_NOT_FOUND; ERR_CONFLICT: something refers to it. */
MUST_USE enum err_code service_file_delete(struct service *s, struct arena *a,
	const struct account_who *by, const struct digest *d, struct err *e);

/* Told by its first bytes, not by its name: only what a page may hand back as such. NULL: other. */
const char *files_type_of(struct str head);
#define FILES_HEAD_BYTES 8

/* A file that a thing shows to `by`, by that thing's right, whosever it is: may it be read now (as
 * service_file_read), and a row of the access. Both need a row of `organisation`. */
MUST_USE enum err_code files_readable(struct service *s, struct arena *a, int64_t organisation,
	const struct digest *d, struct str *ret_name, struct err *e);
MUST_USE enum err_code files_read_by(struct service *s, int64_t organisation,
	const struct account_who *by, const struct digest *d, const struct file_range *range,
	struct err *e);
/* The same for one who has no row here: `reader` says who, and no address is kept. */
MUST_USE enum err_code files_read_as(struct service *s, int64_t organisation, struct str reader,
	const struct digest *d, const struct file_range *range, struct err *e);
/* A download that another right opened, for those whose file it is: the node's token; a peer, under
 * the report `id_key`. */
MUST_USE enum err_code files_read_by_token(struct service *s, struct str address,
	const struct digest *d, const struct file_range *range, struct err *e);
MUST_USE enum err_code files_read_by_peer(struct service *s, struct str peer,
	const uint8_t id_key[16], const struct digest *d, const struct file_range *range,
	struct err *e);

/* In the writer, for services whose things refer to files (a draft, a request): `ref` is the path
 * of the page, `name` what it is called. */
struct file_use {
	struct str kind;           /* of the catalogues' list "file_use" */
	struct str ref, name;
	int64_t organisation;
	struct str issuer;         /* DID, for statements; else empty */
};
MUST_USE enum err_code files_use_put(struct store *store, const struct digest *d,
	const struct file_use *use, struct err *e);
/* The same when its organisation has the file: files of others are none of its business, whatever
 * digest it names (text as in a report). */
MUST_USE enum err_code files_use_put_own(struct store *store, struct str digest,
	const struct file_use *use, struct err *e);
/* All that such a thing of the own node referred to; a report's stay. */
MUST_USE enum err_code files_use_drop(struct store *store, struct str kind, struct str ref,
	struct err *e);
/* It became another thing: kind, ref and name of `use`. */
MUST_USE enum err_code files_use_move(struct store *store, struct str kind, struct str ref,
	const struct file_use *use, struct err *e);

/* One round of what the files' thread does: for tests. `now` decides what has expired. */
void service_files_work(struct service *s, int64_t now);

#endif
