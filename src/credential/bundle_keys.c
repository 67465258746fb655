/* bundle_keys.c - the histories of keys that a bundle proves.
 *
 * A DID document counts only when the log of the DID's own host holds it: the trust policy says
 * which key that log has, and nothing else ties a key to a name. A node's first document stands at
 * index 0 and is signed by its own key, each later one by a key of the one before; documents of
 * organisations are issued by their node. Versions come one after the other, so none in between can
 * be left out.
 */
#include "credential/bundle_inner.h"

#include <stdio.h>
#include <string.h>

enum err_code bundle_is_home(const struct bundle_check *c, const struct bundle_statement *p,
	struct str did, bool *ret, struct err *e)
{
	struct str origin = c->file->checkpoints[p->checkpoint].checkpoint.origin, host;

	TRY(did_web_host(c->a, did, &host, e));
	*ret = origin.len == host.len + strlen("/tlog") && str_ends(origin, "/tlog") &&
		str_eq(host, (struct str){ origin.at, host.len });
	return ERR_OK;
}

static struct bundle_history *find_history(struct bundle_check *c, struct str did)
{
	for (uint32_t i = 0; i < c->history_count; i++) {
		if (str_eq(c->histories[i].did, did))
			return &c->histories[i];
	}
	return NULL;
}

static enum err_code decode_key(struct bundle_check *c, struct str multikey, struct key_public *ret,
	struct err *e)
{
	struct key_public pub;

	for (uint32_t i = 0; i < c->decoded_count; i++) {
		if (str_eq(c->decoded[i].multikey, multikey)) {
			*ret = c->decoded[i].pub;
			return ERR_OK;
		}
	}
	TRY(key_public_from_multikey(multikey, &pub, e));
	if (c->decoded_count < BUNDLE_DECODED_MAX)
		c->decoded[c->decoded_count++] = (struct bundle_decoded){ multikey, pub };
	*ret = pub;
	return ERR_OK;
}

static enum err_code find_key(void *context, struct str method, int64_t at, struct key_public *ret,
	struct err *e)
{
	struct bundle_check *c = context;
	const struct bundle_history *h = find_history(c, did_of_method(method));
	const struct did_key *key;

	if (!h)
		return err_set(e, ERR_DENIED,
			"the bundle has no DID document for key \"" STR_FMT "\"", STR_ARG(method));
	TRY(did_key_at(h->versions, h->count, method, at, &key, e));
	return decode_key(c, key->multikey, ret, e);
}

struct key_finder bundle_key_finder(struct bundle_check *c)
{
	return (struct key_finder){ find_key, c };
}

enum err_code bundle_verify_proofs(struct bundle_check *c, const struct bundle_statement *p,
	const struct key_finder *finder, struct err *e)
{
	struct proof_result results[LIMIT_PROOFS];
	uint32_t count = 0;

	TRY(proof_verify_all(c->a, &p->statement, p->receipt.time, finder, results, &count, e));
	c->found->signature_count += count;
	return ERR_OK;
}

/* Finds keys in the very document that is being signed. */
struct own_keys {
	struct bundle_check *c;
	const struct did_document *doc;
};

static enum err_code find_own(void *context, struct str method, int64_t at, struct key_public *ret,
	struct err *e)
{
	const struct own_keys *own = context;
	struct did_document doc = *own->doc;
	const struct did_key *key;

	doc.logged_at = INT64_MIN; /* it vouches for itself from the start */
	TRY(did_key_at(&doc, 1, method, at, &key, e));
	return decode_key(own->c, key->multikey, ret, e);
}

static enum err_code check_place(struct bundle_check *c, const struct bundle_statement *p,
	const struct did_document *doc, struct err *e)
{
	bool home;

	TRY(bundle_is_home(c, p, doc->did, &home, e));
	if (!home)
		return err_set(e, ERR_DENIED, "it does not stand in the log of its own host");
	if (!str_eq(p->statement.issuer, did_of_node(doc->did)))
		return err_set(e, ERR_DENIED, "it is not issued by its node");
	if (doc->version == 1 && str_eq(doc->did, p->statement.issuer) && p->index != 0)
		return err_set(e, ERR_DENIED,
			"a node's first DID document is entry 0 of its log, not %llu",
			(unsigned long long)p->index);
	return ERR_OK;
}

/* Adds one document to the history of its DID, once its signature holds. */
static enum err_code add_document(struct bundle_check *c, const struct bundle_statement *p,
	struct did_document *doc, struct bundle_history *h, struct err *e)
{
	struct own_keys own = { c, doc };
	struct key_finder finder = bundle_key_finder(c);

	TRY(check_place(c, p, doc, e));
	if (doc->version != h->count + 1)
		return err_set(e, ERR_DENIED, "version %llu comes where version %u is needed",
			(unsigned long long)doc->version, h->count + 1);
	if (h->count == 0 && str_eq(doc->did, p->statement.issuer))
		finder = (struct key_finder){ find_own, &own };
	TRY(bundle_verify_proofs(c, p, &finder, e));
	h->versions[h->count++] = *doc;
	return ERR_OK;
}

/* Nodes stand before their organisations, and documents of one DID as they were logged. */
static int order(const struct bundle_statement *x, const struct bundle_statement *y)
{
	struct str did_x = json_get_str(x->statement.subject, "id");
	struct str did_y = json_get_str(y->statement.subject, "id");
	int by_node = str_cmp(did_of_node(did_x), did_of_node(did_y));
	int by_did = by_node != 0 ? by_node : str_cmp(did_x, did_y);

	return by_did != 0 ? by_did : (x->index > y->index) - (x->index < y->index);
}

static uint32_t sort_documents(const struct bundle_check *c, const struct bundle_statement **ret)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->file->part_count; i++) {
		const struct bundle_statement *p = &c->file->parts[i];
		uint32_t at = count;
		if (p->statement.kind != KIND_DID_DOCUMENT)
			continue;
		for (; at > 0 && order(ret[at - 1], p) > 0; at--)
			ret[at] = ret[at - 1];
		ret[at] = p;
		count++;
	}
	return count;
}

enum err_code bundle_check_keys(struct bundle_check *c, char *detail, struct err *e)
{
	const struct bundle_statement *docs[LIMIT_BUNDLE_STATEMENTS];
	uint32_t count = sort_documents(c, docs);
	struct did_document *versions = ARENA_ARRAY(c->a, struct did_document, count);
	struct did_document *doc = ARENA_NEW(c->a, struct did_document);

	c->histories = ARENA_ARRAY(c->a, struct bundle_history, count);
	if (!versions || !doc || !c->histories)
		return err_set(e, ERR_TOO_LARGE, "DID documents do not fit in memory");
	for (uint32_t i = 0; i < count; i++) {
		struct bundle_history *h;
		if (did_document_read(docs[i]->statement.subject, docs[i]->receipt.time, doc, e) !=
			ERR_OK)
			return err_in(e, "DID document at entry %llu",
				(unsigned long long)docs[i]->index);
		h = find_history(c, doc->did);
		if (!h) {
			h = &c->histories[c->history_count++];
			*h = (struct bundle_history){ .did = doc->did, .versions = versions + i };
		}
		if (add_document(c, docs[i], doc, h, e) != ERR_OK)
			return err_in(e, "DID document of \"" STR_FMT "\"", STR_ARG(doc->did));
	}
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
		"%u DID documents, logged by their own cities, give the keys of %u names", count,
		c->history_count);
	return ERR_OK;
}
