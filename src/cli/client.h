/* client.h - the running node as a command sees it: JSON over HTTP with the node's token. */
#ifndef HUREN_CLI_CLIENT_H
#define HUREN_CLI_CLIENT_H

#include "cli/cli.h"
#include "crypto/digest.h"

struct client {
	struct str url;
	struct str token;      /* empty: reads only */
};

/* From --dir D (node.json and token), or --node URL with --token-file F. ERR_INVALID without. */
MUST_USE enum err_code client_open(struct args *args, struct arena *a, struct client *ret,
	struct err *e);
/* The same; *ret_dir is the folder given with --dir, or NULL. */
MUST_USE enum err_code client_open_at(struct args *args, struct arena *a, struct client *ret,
	const char **ret_dir, struct err *e);
/* GET; the answer's bytes in the arena. Errors carry the node's own words. */
MUST_USE enum err_code client_get(const struct client *c, struct arena *a, const char *path,
	struct str *ret, struct err *e);
MUST_USE enum err_code client_get_json(const struct client *c, struct arena *a, const char *path,
	struct json **ret, struct err *e);
/* POST of `body` as `content_type`. */
MUST_USE enum err_code client_post(const struct client *c, struct arena *a, const char *path,
	const char *content_type, struct str body, struct json **ret, struct err *e);
MUST_USE enum err_code client_post_json(const struct client *c, struct arena *a, const char *path,
	const struct json *request, struct json **ret, struct err *e);
/* POST of a file of any size, never read into memory. */
MUST_USE enum err_code client_post_file(const struct client *c, struct arena *a, const char *path,
	const char *file, struct json **ret, struct err *e);
/* GET into the file `out`, in pieces; what a cut link left in "<out>.part" is gone on with. The
 * content must have the digest: else ERR_DENIED, and nothing is kept. */
MUST_USE enum err_code client_get_file(const struct client *c, struct arena *a, const char *path,
	const char *out, const struct digest *d, struct err *e);
/* Media type by a file's ending, for who looks at a list; nothing is decided by it. */
const char *client_media_type(const char *path);
/* Asks the node for a report's files, fetching those of a peer, and waits until each is here or
 * cannot come, at most `wait_s`. The node's answer (service/evidence.h). */
MUST_USE enum err_code client_fetch_evidence(const struct client *c, struct arena *a,
	const char *uuid, unsigned wait_s, struct json **ret, struct err *e);
/* "urn:uuid:X" or "X" -> X; ERR_INVALID for anything else. */
MUST_USE enum err_code client_uuid(struct arena *a, const char *id, const char **ret,
	struct err *e);
/* An id, or a report number: then the node is asked. */
MUST_USE enum err_code client_find_uuid(const struct client *c, struct arena *a, const char *word,
	const char **ret, struct err *e);

#endif
