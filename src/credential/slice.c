/* slice.c - leaves, tree and proofs of a sliced measurement. */
#include "credential/slice.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "tlog/merkle.h"

#define SALT_BYTES 32
#define HMAC_BLOCK_BYTES 64
#define BLOCK_NS_MIN 1000000
#define EXACT_MAX 9007199254740991 /* integers of JSON: 2^53 - 1 */
#define LEVELS_MAX 24
#define LEAF_BYTES_MAX ((size_t)16 << 20)
#define SALT_LABEL "huren slice 1\n"

static_assert(LIMIT_SLICE_LEAVES <= 1 << (LEVELS_MAX - 1), "every tree fits in the levels");

static struct str bytes_of(const struct digest *d)
{
	return (struct str){ (const char *)d->at, DIGEST_BYTES };
}

/* ---- salts ----------------------------------------------------------------------------------- */

/* HMAC-SHA-256 with a key of 32 bytes (RFC 2104). */
static struct digest hmac(const uint8_t key[SLICE_SEED_BYTES], struct str message)
{
	char inner[HMAC_BLOCK_BYTES], outer[HMAC_BLOCK_BYTES];
	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < SLICE_SEED_BYTES; i++) {
		inner[i] = (char)(inner[i] ^ key[i]);
		outer[i] = (char)(outer[i] ^ key[i]);
	}
	struct digest first = digest_sha256_two((struct str){ inner, sizeof(inner) }, message);
	return digest_sha256_two((struct str){ outer, sizeof(outer) }, bytes_of(&first));
}

static void put_be64(char *at, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		at[i] = (char)(v >> (56 - 8 * i));
}

/* Bound to file, mapping and block length: the same seed never gives one salt to two contents. */
static struct digest salt_of(const struct slice_table *t, const uint8_t *seed, uint64_t channel,
	uint64_t block)
{
	char m[sizeof(SALT_LABEL) - 1 + 2 * DIGEST_BYTES + 24];
	char *at = m;
	memcpy(at, SALT_LABEL, sizeof(SALT_LABEL) - 1);
	at += sizeof(SALT_LABEL) - 1;
	memcpy(at, t->file.at, DIGEST_BYTES);
	memcpy(at + DIGEST_BYTES, t->mapping.at, DIGEST_BYTES);
	at += (size_t)2 * DIGEST_BYTES;
	put_be64(at, t->block_ns);
	put_be64(at + 8, channel);
	put_be64(at + 16, block);
	return hmac(seed, (struct str){ m, sizeof(m) });
}

/* ---- contents -------------------------------------------------------------------------------- */

/* The block that a time lies in. Unsigned: the distance of two int64 may pass its range. */
static uint64_t block_of(const struct slice_commitment *c, int64_t time)
{
	return ((uint64_t)time - (uint64_t)c->begin_ns) / c->block_ns;
}

static struct json *value_json(struct arena *a, const struct slice_channel *ch, double v)
{
	if (isnan(v))
		return json_new_null(a);
	if (ch->label_count > 0)
		return v >= 0 && v < ch->label_count ? json_new_str(a, ch->labels[(uint32_t)v])
			: json_new_null(a);
	if (isinf(v))
		return json_new_text(a, v > 0 ? "inf" : "-inf");
	return json_new_number(a, v);
}

/* Samples [from, to) of the channel, which are all of the block. */
static struct json *content_json(struct arena *a, const struct slice_channel *ch, uint32_t channel,
	uint64_t block, uint64_t from, uint64_t to)
{
	struct json *v = json_new_object(a);
	struct json *times = json_new_array(a), *values = json_new_array(a);
	for (uint64_t i = from; i < to; i++) {
		times = json_push(a, times, json_new_number(a, (double)ch->times[i]));
		values = json_push(a, values, value_json(a, ch, ch->values[i]));
	}
	v = json_set_number(a, v, "block", (double)block);
	v = json_set_number(a, v, "channel", channel);
	v = json_set_str(a, v, "name", ch->name);
	v = json_set(a, v, "times", times);
	v = json_set_str(a, v, "unit", ch->unit);
	return json_set(a, v, "values", values);
}

static enum err_code leaf_hash(const struct digest *salt, const struct json *content,
	struct digest *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };
	buf_init(&b, LEAF_BYTES_MAX);
	buf_put(&b, salt->at, SALT_BYTES);
	TRY(json_put_jcs(&b, content, e));
	TRY(buf_check(&b, "block of a slice", e));
	*ret = digest_sha256_leaf(buf_str(&b));
	return ERR_OK;
}

/* ---- tree ------------------------------------------------------------------------------------ */

struct tree {
	struct slice_commitment commitment;
	uint64_t leaf_count;
	struct digest *levels[LEVELS_MAX]; /* whole subtrees only */
};

static enum err_code check_channel(const struct slice_channel *ch, struct err *e)
{
	for (uint64_t i = 0; i < ch->count; i++) {
		int64_t t = ch->times[i];
		if (t > EXACT_MAX || t < -EXACT_MAX)
			return err_set(e, ERR_INVALID, "channel \"" STR_FMT "\" has a time past "
				"2^53 ns", STR_ARG(ch->name));
		if (i > 0 && t < ch->times[i - 1])
			return err_set(e, ERR_INVALID, "times of channel \"" STR_FMT "\" go back",
				STR_ARG(ch->name));
	}
	return ERR_OK;
}

static enum err_code measure(const struct slice_table *t, struct tree *ret, struct err *e)
{
	struct slice_commitment c = { .channels = t->channel_count, .block_ns = t->block_ns,
		.begin_ns = INT64_MAX };
	int64_t last = INT64_MIN;
	if (t->block_ns < BLOCK_NS_MIN || t->block_ns > EXACT_MAX)
		return err_set(e, ERR_INVALID, "a block of a slice has 1 ms to 2^53 ns");
	for (uint32_t i = 0; i < t->channel_count; i++) {
		const struct slice_channel *ch = &t->channels[i];
		TRY(check_channel(ch, e));
		if (ch->count == 0)
			continue;
		if (ch->times[0] < c.begin_ns)
			c.begin_ns = ch->times[0];
		if (ch->times[ch->count - 1] > last)
			last = ch->times[ch->count - 1];
	}
	if (last == INT64_MIN)
		return err_set(e, ERR_INVALID, "there is no sample to commit to");
	c.blocks = block_of(&c, last) + 1;
	if (c.blocks > LIMIT_SLICE_LEAVES || c.channels > LIMIT_SLICE_LEAVES ||
		c.blocks * c.channels > LIMIT_SLICE_LEAVES) {
		(void)err_set(e, ERR_TOO_LARGE, "slices would take over %d leaves",
			LIMIT_SLICE_LEAVES);
		return err_hint(e, "Take longer blocks or fewer channels.");
	}
	ret->commitment = c;
	ret->leaf_count = c.blocks * c.channels;
	return ERR_OK;
}

/* Content of a block, in `a`. *at is the channel's first sample that is not behind yet. */
static struct json *next_content(struct arena *a, const struct slice_table *t,
	const struct slice_commitment *c, uint32_t channel, uint64_t block, uint64_t *at)
{
	const struct slice_channel *ch = &t->channels[channel];
	uint64_t from = *at;
	while (*at < ch->count && block_of(c, ch->times[*at]) == block)
		(*at)++;
	return content_json(a, ch, channel, block, from, *at);
}

static enum err_code hash_leaves(const struct slice_table *t, const uint8_t *seed,
	struct tree *tree, struct err *e)
{
	const struct slice_commitment *c = &tree->commitment;
	SCOPED_ARENA work = { 0 };
	arena_init(&work, LEAF_BYTES_MAX * 8);
	for (uint32_t channel = 0; channel < c->channels; channel++) {
		uint64_t at = 0;
		for (uint64_t block = 0; block < c->blocks; block++) {
			struct digest salt = salt_of(t, seed, channel, block);
			struct json *content = next_content(&work, t, c, channel, block, &at);
			TRY(leaf_hash(&salt, content,
				&tree->levels[0][channel * c->blocks + block], e));
			arena_reset(&work);
		}
	}
	return ERR_OK;
}

static enum err_code tree_node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	const struct tree *t = context;
	(void)e;
	CHECK(level < LEVELS_MAX);
	CHECK(index < t->leaf_count >> level);
	*ret = t->levels[level][index];
	return ERR_OK;
}

static struct merkle_reader tree_reader(struct tree *t)
{
	return (struct merkle_reader){ .node = tree_node, .context = t };
}

static enum err_code tree_build(struct arena *a, const struct slice_table *t, const uint8_t *seed,
	struct tree *ret, struct err *e)
{
	TRY(measure(t, ret, e));
	for (uint32_t level = 0; level < LEVELS_MAX; level++) {
		ret->levels[level] = ARENA_ARRAY(a, struct digest, ret->leaf_count >> level);
		if (!ret->levels[level])
			return err_set(e, ERR_TOO_LARGE, "slices need too much memory");
	}
	TRY(hash_leaves(t, seed, ret, e));
	for (uint32_t level = 1; level < LEVELS_MAX; level++) {
		const struct digest *below = ret->levels[level - 1];
		for (uint64_t i = 0; i < ret->leaf_count >> level; i++)
			ret->levels[level][i] = digest_sha256_node(&below[2 * i],
				&below[2 * i + 1]);
	}
	struct merkle_reader reader = tree_reader(ret);
	return merkle_root(&reader, ret->leaf_count, &ret->commitment.root, e);
}

enum err_code slice_commit(struct arena *a, const struct slice_table *t,
	const uint8_t seed[SLICE_SEED_BYTES], struct slice_commitment *ret, struct err *e)
{
	struct tree tree = { 0 };
	TRY(tree_build(a, t, seed, &tree, e));
	*ret = tree.commitment;
	return ERR_OK;
}

/* ---- the commitment as JSON ------------------------------------------------------------------ */

struct json *slice_commitment_json(struct arena *a, const struct slice_commitment *c)
{
	struct json *v = json_new_object(a);
	v = json_set_number(a, v, "begin", (double)c->begin_ns);
	v = json_set_number(a, v, "block", (double)c->block_ns);
	v = json_set_number(a, v, "blocks", (double)c->blocks);
	v = json_set_number(a, v, "channels", c->channels);
	return json_set_str(a, v, "root", base64url_new(a, c->root.at, DIGEST_BYTES));
}

/* A whole number, which may be negative. */
static bool whole(const struct json *v, int64_t *ret)
{
	double d = json_number_or(v, NAN);
	if (!(d >= -(double)EXACT_MAX && d <= (double)EXACT_MAX) || d != floor(d))
		return false;
	*ret = (int64_t)d;
	return true;
}

enum err_code slice_commitment_parse(const struct json *v, struct slice_commitment *ret,
	struct err *e)
{
	struct slice_commitment c = { 0 };
	struct str root;
	uint64_t channels;
	if (!json_is(v, JSON_OBJECT) || json_count(v) != 5)
		return err_set(e, ERR_INVALID, "commitment has not its five members");
	TRY(json_need_str(v, "root", &root, e));
	if (base64url_decode_fixed(root, c.root.at, DIGEST_BYTES, e) != ERR_OK)
		return err_in(e, "root of the commitment");
	TRY(json_need_u64(v, "channels", &channels, e));
	TRY(json_need_u64(v, "blocks", &c.blocks, e));
	TRY(json_need_u64(v, "block", &c.block_ns, e));
	if (!whole(json_get(v, "begin"), &c.begin_ns))
		return err_set(e, ERR_INVALID, "member \"begin\" is no whole number");
	if (c.block_ns < BLOCK_NS_MIN || channels == 0 || c.blocks == 0)
		return err_set(e, ERR_INVALID, "commitment is of an impossible shape");
	if (channels > LIMIT_SLICE_LEAVES || c.blocks > LIMIT_SLICE_LEAVES / channels)
		return err_set(e, ERR_TOO_LARGE, "commitment has over %d leaves",
			LIMIT_SLICE_LEAVES);
	c.channels = (uint32_t)channels;
	*ret = c;
	return ERR_OK;
}

bool slice_commitment_eq(const struct slice_commitment *a, const struct slice_commitment *b)
{
	return digest_eq(&a->root, &b->root) && a->channels == b->channels &&
		a->blocks == b->blocks && a->block_ns == b->block_ns && a->begin_ns == b->begin_ns;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum err_code open_block(struct arena *a, const struct slice_table *t, const uint8_t *seed,
	struct tree *tree, struct json *content, uint32_t channel, uint64_t block,
	struct json **ret, struct err *e)
{
	struct merkle_reader reader = tree_reader(tree);
	struct merkle_proof proof;
	uint64_t index = channel * tree->commitment.blocks + block;
	struct digest salt = salt_of(t, seed, channel, block);
	TRY(merkle_prove_inclusion(&reader, index, tree->leaf_count, &proof, e));
	struct json *hashes = json_new_array(a), *v = json_new_object(a);
	for (uint32_t i = 0; i < proof.count; i++)
		hashes = json_push(a, hashes, json_new_str(a,
			base64url_new(a, proof.hashes[i].at, DIGEST_BYTES)));
	v = json_set(a, v, "content", content);
	v = json_set(a, v, "proof", hashes);
	*ret = json_set_str(a, v, "salt", base64url_new(a, salt.at, SALT_BYTES));
	return ERR_OK;
}

/* First and last block that touch the span. */
static enum err_code wished_blocks(const struct slice_commitment *c, const struct slice_wish *w,
	uint64_t *ret_first, uint64_t *ret_last, struct err *e)
{
	if (w->from_ns >= w->to_ns)
		return err_set(e, ERR_INVALID, "span of the slice is empty");
	uint64_t first = w->from_ns <= c->begin_ns ? 0 : block_of(c, w->from_ns);
	if (w->to_ns <= c->begin_ns || first >= c->blocks)
		return err_set(e, ERR_INVALID, "span of the slice is outside the measurement");
	uint64_t last = block_of(c, w->to_ns - 1);
	*ret_first = first;
	*ret_last = last < c->blocks ? last : c->blocks - 1;
	return ERR_OK;
}

static enum err_code open_channel(struct arena *a, const struct slice_table *t, const uint8_t *seed,
	struct tree *tree, const struct slice_wish *w, uint32_t channel, struct json *list,
	struct err *e)
{
	const struct slice_commitment *c = &tree->commitment;
	const struct slice_channel *ch = &t->channels[channel];
	uint64_t first = 0, last = 0, at = 0;
	TRY(wished_blocks(c, w, &first, &last, e));
	while (at < ch->count && block_of(c, ch->times[at]) < first)
		at++;
	for (uint64_t block = first; block <= last; block++) {
		struct json *leaf, *content = next_content(a, t, c, channel, block, &at);
		TRY(open_block(a, t, seed, tree, content, channel, block, &leaf, e));
		list = json_push(a, list, leaf);
	}
	return ERR_OK;
}

/* Wished channels, ascending, each once. */
static enum err_code wished_channels(struct arena *a, const struct slice_table *t,
	const struct slice_wish *w, bool **ret, struct err *e)
{
	bool *open = ARENA_ARRAY(a, bool, t->channel_count);
	if (!open)
		return err_set(e, ERR_TOO_LARGE, "slice needs too much memory");
	if (w->channel_count == 0)
		return err_set(e, ERR_INVALID, "slice has no channel");
	for (uint32_t i = 0; i < w->channel_count; i++) {
		if (w->channels[i] >= t->channel_count)
			return err_set(e, ERR_INVALID, "there is no channel %u", w->channels[i]);
		if (open[w->channels[i]])
			return err_set(e, ERR_INVALID, "channel %u is asked for twice",
				w->channels[i]);
		open[w->channels[i]] = true;
	}
	*ret = open;
	return ERR_OK;
}

enum err_code slice_make(struct arena *a, const struct slice_table *t,
	const uint8_t seed[SLICE_SEED_BYTES], const struct slice_wish *wish, struct json **ret,
	struct err *e)
{
	struct tree tree = { 0 };
	struct json *list = json_new_array(a), *v = json_new_object(a);
	bool *open = NULL;
	TRY(wished_channels(a, t, wish, &open, e));
	TRY(tree_build(a, t, seed, &tree, e));
	for (uint32_t i = 0; i < t->channel_count; i++) {
		if (open[i])
			TRY(open_channel(a, t, seed, &tree, wish, i, list, e));
	}
	v = json_set_text(a, v, "kind", "slice");
	v = json_set_number(a, v, "version", 1);
	v = json_set_str(a, v, "file", base64url_new(a, t->file.at, DIGEST_BYTES));
	v = json_set(a, v, "commitment", slice_commitment_json(a, &tree.commitment));
	v = json_set(a, v, "parts", list);
	SCOPED_BUF b = { 0 }; /* what did not fit anywhere is told here */
	buf_init(&b, LIMIT_SLICE_BYTES);
	TRY(json_put_jcs(&b, v, e));
	*ret = v;
	return ERR_OK;
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool is_value(const struct json *v)
{
	return json_is(v, JSON_NULL) || json_is(v, JSON_NUMBER) || json_is(v, JSON_STRING);
}

static enum err_code check_samples(const struct json *content, const struct slice_commitment *c,
	struct slice_part *p, struct err *e)
{
	const struct json *times, *values;
	int64_t before = INT64_MIN, now = 0;
	TRY(json_need(content, "times", JSON_ARRAY, &times, e));
	TRY(json_need(content, "values", JSON_ARRAY, &values, e));
	if (json_count(times) != json_count(values))
		return err_set(e, ERR_INVALID, "there are not as many values as times");
	for (size_t i = 0; i < json_count(times); i++) {
		if (!whole(json_at(times, i), &now) || now < before || now < c->begin_ns ||
			block_of(c, now) != p->block)
			return err_set(e, ERR_INVALID, "time %zu is not one of its block", i + 1);
		if (!is_value(json_at(values, i)))
			return err_set(e, ERR_INVALID, "value %zu is none", i + 1);
		before = now;
	}
	p->count = json_count(times);
	return ERR_OK;
}

static enum err_code read_content(const struct json *content, const struct slice_commitment *c,
	struct slice_part *ret, struct err *e)
{
	struct slice_part p = { .content = content };
	uint64_t channel;
	TRY(json_need_u64(content, "channel", &channel, e));
	TRY(json_need_u64(content, "block", &p.block, e));
	if (channel >= c->channels || p.block >= c->blocks)
		return err_set(e, ERR_INVALID, "channel or block is past the commitment");
	p.channel = (uint32_t)channel;
	TRY(json_need_str(content, "name", &p.name, e));
	TRY(json_need_str(content, "unit", &p.unit, e));
	if (json_count(content) != 6)
		return err_set(e, ERR_INVALID, "content has a member too many");
	TRY(check_samples(content, c, &p, e));
	*ret = p;
	return ERR_OK;
}

static enum err_code read_proof(const struct json *v, struct merkle_proof *ret, struct err *e)
{
	if (!json_is(v, JSON_ARRAY) || json_count(v) > LEVELS_MAX)
		return err_set(e, ERR_INVALID, "proof is no list of hashes");
	ret->count = (uint32_t)json_count(v);
	for (uint32_t i = 0; i < ret->count; i++) {
		struct str text = json_str(json_at(v, i));
		TRY(base64url_decode_fixed(text, ret->hashes[i].at, DIGEST_BYTES, e));
	}
	return ERR_OK;
}

static enum err_code check_part(const struct json *v, const struct slice_commitment *c,
	struct slice_part *ret, struct err *e)
{
	const struct json *content;
	struct merkle_proof proof = { 0 };
	struct digest salt, hash;
	struct str text;
	if (!json_is(v, JSON_OBJECT) || json_count(v) != 3)
		return err_set(e, ERR_INVALID, "part has not its three members");
	TRY(json_need(v, "content", JSON_OBJECT, &content, e));
	TRY(json_need_str(v, "salt", &text, e));
	TRY(base64url_decode_fixed(text, salt.at, SALT_BYTES, e));
	TRY(read_proof(json_get(v, "proof"), &proof, e));
	TRY(read_content(content, c, ret, e));
	TRY(leaf_hash(&salt, content, &hash, e));
	return merkle_verify_inclusion(&proof, ret->channel * c->blocks + ret->block,
		c->blocks * c->channels, &hash, &c->root, e);
}

static enum err_code check_order(const struct slice_part *before, const struct slice_part *p,
	struct err *e)
{
	bool same = before->channel == p->channel;
	if (p->channel < before->channel || (same && p->block <= before->block))
		return err_set(e, ERR_INVALID, "parts are not in the order of channels and blocks");
	if (same && (!str_eq(before->name, p->name) || !str_eq(before->unit, p->unit)))
		return err_set(e, ERR_INVALID, "channel has two names or units");
	return ERR_OK;
}

enum err_code slice_check(struct arena *a, const struct json *v, struct slice_found *ret,
	struct err *e)
{
	struct slice_found found = { 0 };
	const struct json *list;
	struct str file;
	if (!str_is(json_get_str(v, "kind"), "slice") || json_count(v) != 5 ||
		json_number_or(json_get(v, "version"), 0) != 1)
		return err_set(e, ERR_INVALID, "document is no slice of version 1");
	TRY(json_need_str(v, "file", &file, e));
	TRY(base64url_decode_fixed(file, found.file.at, DIGEST_BYTES, e));
	TRY(slice_commitment_parse(json_get(v, "commitment"), &found.commitment, e));
	TRY(json_need(v, "parts", JSON_ARRAY, &list, e));
	if (json_count(list) == 0)
		return err_set(e, ERR_INVALID, "slice has no parts");
	struct slice_part *parts = ARENA_ARRAY(a, struct slice_part, json_count(list));
	if (!parts)
		return err_set(e, ERR_TOO_LARGE, "slice needs too much memory");
	for (size_t i = 0; i < json_count(list); i++) {
		if (check_part(json_at(list, i), &found.commitment, &parts[i], e) != ERR_OK ||
			(i > 0 && check_order(&parts[i - 1], &parts[i], e) != ERR_OK))
			return err_in(e, "part %zu", i + 1);
	}
	found.part_count = (uint32_t)json_count(list);
	found.parts = parts;
	*ret = found;
	return ERR_OK;
}

enum err_code slice_find_evidence(const struct json *subject, const struct slice_found *slice,
	const struct json **ret, struct err *e)
{
	const struct json *list = json_path(subject, "inspectionReport/evidence");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *entry = json_at(list, i);
		struct slice_commitment bound;
		struct digest file;
		if (base64url_decode_fixed(json_get_str(entry, "digest"), file.at, DIGEST_BYTES,
			NULL) != ERR_OK || !digest_eq(&file, &slice->file))
			continue;
		if (!json_get(entry, "slices"))
			return err_set(e, ERR_UNPROVEN, "report binds no slices of file \"" STR_FMT
				"\"", STR_ARG(json_get_str(entry, "name")));
		TRY(slice_commitment_parse(json_get(entry, "slices"), &bound, e));
		if (!slice_commitment_eq(&bound, &slice->commitment))
			return err_set(e, ERR_UNPROVEN, "report binds other slices of file \""
				STR_FMT "\"", STR_ARG(json_get_str(entry, "name")));
		*ret = entry;
		return ERR_OK;
	}
	return err_set(e, ERR_NOT_FOUND, "report names no such file among its evidence");
}
