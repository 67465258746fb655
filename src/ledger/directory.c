/* directory.c - DID documents and accreditations in memory: two hash tables under one lock. */
#include "ledger/directory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/instant.h"
#include "base/limits.h"

#define BUCKETS 16384
#define DAY_S 86400
#define CHINA_S 28800 /* UTC+8 */

struct change {                    /* of an accreditation's standing, in time order */
	struct change *next;
	int64_t time;
	bool in_force;
};

struct lab_scope {
	struct lab_scope *next;            /* of the same lab */
	struct lab_scope *next_same_hash;
	uint8_t id_key[16];
	struct scope scope;
	struct change *changes;
};

struct subject {
	struct subject *next_same_hash;
	struct str did;
	size_t version_count, version_capacity;
	struct did_document *versions;     /* oldest first */
	struct lab_scope *scopes;
};

struct directory {
	pthread_rwlock_t lock;
	atomic_uint_least64_t version;
	struct arena arena;
	struct subject *subjects[BUCKETS];
	struct lab_scope *scopes[BUCKETS];
};

struct directory *directory_open(void)
{
	struct directory *d = handle_new(sizeof(*d));

	CHECK(pthread_rwlock_init(&d->lock, NULL) == 0);
	arena_init(&d->arena, LIMIT_DIRECTORY_BYTES);
	atomic_init(&d->version, 1);
	return d;
}

void directory_close(struct directory *d)
{
	if (!d)
		return;
	arena_clear(&d->arena);
	(void)pthread_rwlock_destroy(&d->lock); /* nobody holds it any more */
	handle_drop(d);
}

uint64_t directory_version(const struct directory *d)
{
	return atomic_load(&d->version);
}

static void lock_read(struct directory *d)
{
	CHECK(pthread_rwlock_rdlock(&d->lock) == 0);
}

static void lock_write(struct directory *d)
{
	CHECK(pthread_rwlock_wrlock(&d->lock) == 0);
}

static void unlock(struct directory *d)
{
	CHECK(pthread_rwlock_unlock(&d->lock) == 0);
}

/* A digest, because who may choose a DID must not be able to choose its bucket. */
static size_t bucket_of(struct str key)
{
	struct digest h = digest_sha256(key);

	return ((size_t)h.at[0] << 8 | h.at[1]) % BUCKETS;
}

static struct subject *find_subject(struct directory *d, struct str did)
{
	struct subject *v = d->subjects[bucket_of(did)];

	while (v && !str_eq(v->did, did))
		v = v->next_same_hash;
	return v;
}

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "too many DID documents and accreditations for this node");
}

/* Finds or makes. */
static enum err_code need_subject(struct directory *d, struct str did, struct subject **ret,
	struct err *e)
{
	struct subject *v = find_subject(d, did);
	size_t bucket = bucket_of(did);

	if (!v) {
		v = ARENA_NEW(&d->arena, struct subject);
		if (!v || !(v->did = str_copy(&d->arena, did)).at)
			return full(e);
		v->next_same_hash = d->subjects[bucket];
		d->subjects[bucket] = v;
	}
	*ret = v;
	return ERR_OK;
}

/* Makes room for one more version. */
static enum err_code need_room(struct directory *d, struct subject *v, struct err *e)
{
	size_t capacity = v->version_capacity == 0 ? 1 : 2 * v->version_capacity;
	struct did_document *grown;

	if (v->version_count < v->version_capacity)
		return ERR_OK;
	grown = ARENA_ARRAY(&d->arena, struct did_document, capacity);
	if (!grown)
		return full(e);
	if (v->version_count > 0)
		memcpy(grown, v->versions, v->version_count * sizeof(*grown));
	v->versions = grown;
	v->version_capacity = capacity;
	return ERR_OK;
}

static enum err_code copy_document(struct arena *a, const struct did_document *doc,
	struct did_document *ret, struct err *e)
{
	*ret = *doc;
	ret->did = str_copy(a, doc->did);
	ret->name = str_copy(a, doc->name);
	ret->role = str_copy(a, doc->role);
	if (!ret->did.at || !ret->name.at || !ret->role.at)
		return full(e);
	for (uint32_t i = 0; i < doc->key_count; i++) {
		ret->keys[i].id = str_copy(a, doc->keys[i].id);
		if (!ret->keys[i].id.at)
			return full(e);
	}
	return ERR_OK;
}

static enum err_code add_document(struct directory *d, const struct did_document *doc,
	struct err *e)
{
	struct subject *v;
	uint64_t newest;

	TRY(need_subject(d, doc->did, &v, e));
	newest = v->version_count == 0 ? 0 : v->versions[v->version_count - 1].version;
	if (doc->version != newest + 1)
		return err_set(e, ERR_CONFLICT,
			"DID document of \"" STR_FMT "\" has version %llu, %llu comes next",
			STR_ARG(doc->did), (unsigned long long)doc->version,
			(unsigned long long)newest + 1);
	TRY(need_room(d, v, e));
	TRY(copy_document(&d->arena, doc, &v->versions[v->version_count], e));
	v->version_count++;
	return ERR_OK;
}

enum err_code directory_add_document(struct directory *d, const struct did_document *doc,
	struct err *e)
{
	enum err_code code;

	lock_write(d);
	code = add_document(d, doc, e);
	if (code == ERR_OK)
		atomic_fetch_add(&d->version, 1);
	unlock(d);
	return code;
}

static size_t scope_bucket(const uint8_t id_key[16])
{
	return bucket_of((struct str){ (const char *)id_key, 16 });
}

static struct lab_scope *find_scope(struct directory *d, const uint8_t id_key[16])
{
	struct lab_scope *v = d->scopes[scope_bucket(id_key)];

	while (v && memcmp(v->id_key, id_key, 16) != 0)
		v = v->next_same_hash;
	return v;
}

static enum err_code copy_entry(struct arena *a, const struct scope_entry *entry,
	struct scope_entry *ret, struct err *e)
{
	struct str *items = ARENA_ARRAY(a, struct str, entry->item_count);

	ret->scheme = str_copy(a, entry->scheme);
	ret->edition = str_copy(a, entry->edition);
	if (!items || !ret->scheme.at || !ret->edition.at)
		return full(e);
	for (uint32_t i = 0; i < entry->item_count; i++) {
		items[i] = str_copy(a, entry->items[i]);
		if (!items[i].at)
			return full(e);
	}
	ret->item_count = entry->item_count;
	ret->items = items;
	return ERR_OK;
}

static enum err_code copy_scope(struct arena *a, const struct scope *scope, struct scope *ret,
	struct err *e)
{
	struct scope_entry *entries = ARENA_ARRAY(a, struct scope_entry, scope->entry_count);

	*ret = *scope;
	ret->id = str_copy(a, scope->id);
	ret->lab = str_copy(a, scope->lab);
	ret->authority = str_copy(a, scope->authority);
	ret->certificate_type = str_copy(a, scope->certificate_type);
	ret->certificate_number = str_copy(a, scope->certificate_number);
	if (!entries || !ret->id.at || !ret->lab.at || !ret->authority.at ||
		!ret->certificate_type.at || !ret->certificate_number.at)
		return full(e);
	for (uint32_t i = 0; i < scope->entry_count; i++)
		TRY(copy_entry(a, &scope->entries[i], &entries[i], e));
	ret->entries = entries;
	return ERR_OK;
}

static enum err_code add_scope(struct directory *d, const uint8_t id_key[16],
	const struct scope *scope, struct err *e)
{
	struct lab_scope *v = find_scope(d, id_key);
	size_t bucket = scope_bucket(id_key);
	struct subject *lab;

	if (v)
		return err_set(e, ERR_CONFLICT, "accreditation \"" STR_FMT "\" is known already",
			STR_ARG(scope->id));
	TRY(need_subject(d, scope->lab, &lab, e));
	v = ARENA_NEW(&d->arena, struct lab_scope);
	if (!v)
		return full(e);
	TRY(copy_scope(&d->arena, scope, &v->scope, e));
	memcpy(v->id_key, id_key, 16);
	v->next = lab->scopes;
	lab->scopes = v;
	v->next_same_hash = d->scopes[bucket];
	d->scopes[bucket] = v;
	return ERR_OK;
}

enum err_code directory_add_scope(struct directory *d, const uint8_t id_key[16],
	const struct scope *scope, struct err *e)
{
	enum err_code code;

	lock_write(d);
	code = add_scope(d, id_key, scope, e);
	if (code == ERR_OK)
		atomic_fetch_add(&d->version, 1);
	unlock(d);
	return code;
}

static enum err_code add_change(struct directory *d, struct lab_scope *v, bool in_force,
	int64_t time, struct err *e)
{
	struct change *change = ARENA_NEW(&d->arena, struct change);
	struct change **at = &v->changes;

	if (!change)
		return full(e);
	*change = (struct change){ .time = time, .in_force = in_force };
	while (*at && (*at)->time <= time)
		at = &(*at)->next;
	change->next = *at;
	*at = change;
	return ERR_OK;
}

enum err_code directory_add_status(struct directory *d, const uint8_t target[16],
	bool in_force, int64_t time, struct err *e)
{
	enum err_code code = ERR_OK;
	struct lab_scope *v;

	lock_write(d);
	v = find_scope(d, target);
	if (v) {
		code = add_change(d, v, in_force, time, e);
		if (code == ERR_OK)
			atomic_fetch_add(&d->version, 1);
	}
	unlock(d);
	return code;
}

bool directory_has_scope(struct directory *d, const uint8_t id_key[16])
{
	bool ret;

	lock_read(d);
	ret = find_scope(d, id_key) != NULL;
	unlock(d);
	return ret;
}

uint64_t directory_document_version(struct directory *d, struct str did)
{
	const struct subject *v;
	uint64_t ret = 0;

	lock_read(d);
	v = find_subject(d, did);
	if (v && v->version_count > 0)
		ret = v->versions[v->version_count - 1].version;
	unlock(d);
	return ret;
}

enum err_code directory_find_key(struct directory *d, struct str method, int64_t at,
	struct key_public *ret, int64_t *ret_until, struct err *e)
{
	struct str did = did_of_method(method);
	const struct did_key *key;
	const struct subject *v;
	enum err_code code;

	lock_read(d);
	v = find_subject(d, did);
	if (!v || v->version_count == 0) {
		code = err_set(e, ERR_NOT_FOUND, "no DID document of \"" STR_FMT "\" is known here",
			STR_ARG(did));
	} else {
		code = did_key_at(v->versions, v->version_count, method, at, &key, e);
		if (code == ERR_OK) {
			*ret = key->pub;
			*ret_until = key->valid_until;
		}
	}
	unlock(d);
	return code;
}

/* True when its standing was good at some moment of that day. */
static bool in_force_on(const struct lab_scope *v, int32_t day)
{
	int64_t start = (int64_t)day * DAY_S - CHINA_S;
	bool ret = true; /* at the start of the day */
	bool again = false;

	for (const struct change *c = v->changes; c; c = c->next) {
		if (c->time <= start)
			ret = c->in_force;
		else if (c->time < start + DAY_S)
			again = again || c->in_force;
	}
	return ret || again;
}

enum finding { NOT_ACCREDITED, OTHER_ITEMS, NOT_THEN, NOT_IN_FORCE, ACCREDITED };

static enum finding judge(const struct lab_scope *v, const struct directory_question *q)
{
	if (!str_eq(v->scope.authority, q->authority))
		return NOT_ACCREDITED;
	if (!scope_lists(&v->scope, q->scheme, q->edition, q->item))
		return OTHER_ITEMS;
	if (!scope_valid_on(&v->scope, q->day))
		return NOT_THEN;
	return in_force_on(v, q->day) ? ACCREDITED : NOT_IN_FORCE;
}

enum err_code directory_may_test(struct directory *d, const struct directory_question *q,
	struct err *e)
{
	enum finding best = NOT_ACCREDITED;
	char date[INSTANT_TEXT_BYTES];
	const struct subject *v;

	lock_read(d);
	v = find_subject(d, q->lab);
	for (const struct lab_scope *s = v ? v->scopes : NULL; s; s = s->next) {
		enum finding found = judge(s, q);
		if (found > best)
			best = found;
	}
	unlock(d);
	if (best == ACCREDITED)
		return ERR_OK;
	instant_format((int64_t)q->day * DAY_S, date);
	if (best == NOT_ACCREDITED)
		(void)err_set(e, ERR_DENIED, "item \"" STR_FMT "\": laboratory \"" STR_FMT
			"\" is not accredited by \"" STR_FMT "\"", STR_ARG(q->item),
			STR_ARG(q->lab), STR_ARG(q->authority));
	else
		(void)err_set(e, ERR_DENIED, "item \"" STR_FMT "\": laboratory \"" STR_FMT
			"\" is not accredited for it (scheme \"" STR_FMT "\", edition \"" STR_FMT
			"\") on %.10s%s", STR_ARG(q->item), STR_ARG(q->lab), STR_ARG(q->scheme),
			STR_ARG(q->edition), date, best == OTHER_ITEMS ? "" :
			best == NOT_THEN ? ": outside the accreditation's period" :
			": accreditation withdrawn or suspended then");
	return err_word(e, best == NOT_THEN ? "not-accredited-then" :
		best == NOT_ACCREDITED || best == OTHER_ITEMS ? "not-accredited" :
		"accreditation-ended");
}
