/* merkle.c - RFC 9162 section 2.1, without recursion: every walk goes up one level a step, and
 * there are at most 63 levels.
 */
#include "tlog/merkle.h"

#include <assert.h>
#include <stdbool.h>

static_assert(MERKLE_SIZE_MAX <= UINT64_MAX >> 1, "shifts by one never lose a bit of a size");

static uint64_t bit(uint32_t level)
{
	return (uint64_t)1 << level;
}

void merkle_range_init(struct merkle_range *r)
{
	r->size = 0;
	r->count = 0;
}

void merkle_range_append(struct merkle_range *r, const struct digest *leaf_hash)
{
	struct digest hash = *leaf_hash;

	CHECK(r->size < MERKLE_SIZE_MAX);
	CHECK(r->count == (uint32_t)__builtin_popcountll(r->size));
	/* Each low bit set is a subtree as large as the one in hand. */
	for (uint64_t rest = r->size; (rest & 1) != 0; rest >>= 1)
		hash = digest_sha256_node(&r->hashes[--r->count], &hash);
	r->hashes[r->count++] = hash;
	r->size++;
}

struct digest merkle_range_root(const struct merkle_range *r)
{
	struct digest root;

	if (r->count == 0)
		return digest_sha256(STR(""));
	root = r->hashes[r->count - 1];
	for (uint32_t i = r->count - 1; i > 0; i--)
		root = digest_sha256_node(&r->hashes[i - 1], &root);
	return root;
}

static enum err_code check_size(uint64_t size, struct err *e)
{
	if (size > MERKLE_SIZE_MAX)
		return err_set(e, ERR_INVALID, "tree size %llu is over %llu",
			(unsigned long long)size, (unsigned long long)MERKLE_SIZE_MAX);
	return ERR_OK;
}

enum err_code merkle_range_load(const struct merkle_reader *r, uint64_t size,
	struct merkle_range *ret, struct err *e)
{
	struct merkle_range range = { .size = size };

	TRY(check_size(size, e));
	for (uint32_t level = 63; level-- > 0;) {
		if ((size & bit(level)) == 0)
			continue;
		/* The last perfect subtree of this level that lies within size. */
		TRY(r->node(r->context, level, (size >> level) - 1, &range.hashes[range.count], e));
		range.count++;
	}
	*ret = range;
	return ERR_OK;
}

enum err_code merkle_root(const struct merkle_reader *r, uint64_t size, struct digest *ret,
	struct err *e)
{
	struct merkle_range range;

	TRY(merkle_range_load(r, size, &range, e));
	*ret = merkle_range_root(&range);
	return ERR_OK;
}

/* A place in the tree: the leaves from index << level, 2^level of them or as many as there are. */
struct place {
	uint32_t level;
	uint64_t index;
};

/* Root of the subtree at `at` in a tree of `size`, which begins within it. */
static enum err_code read_subtree(const struct merkle_reader *r, struct place at, uint64_t size,
	struct digest *ret, struct err *e)
{
	struct digest root = { { 0 } }, left;
	bool some = false;

	if (at.index + 1 <= size >> at.level)
		return r->node(r->context, at.level, at.index, ret, e);
	/* The right edge: perfect subtrees for the bits of size below this level, smallest last. */
	for (uint32_t level = 0; level < at.level; level++) {
		if ((size & bit(level)) == 0)
			continue;
		TRY(r->node(r->context, level, (size >> level) - 1, &left, e));
		root = some ? digest_sha256_node(&left, &root) : left;
		some = true;
	}
	CHECK(some);
	*ret = root;
	return ERR_OK;
}

static enum err_code proof_add(struct merkle_proof *p, const struct merkle_reader *r,
	struct place at, uint64_t size, struct err *e)
{
	if (p->count == LIMIT_PROOF_HASHES)
		return err_set(e, ERR_TOO_LARGE, "Merkle proof takes over %d hashes",
			LIMIT_PROOF_HASHES);
	TRY(read_subtree(r, at, size, &p->hashes[p->count], e));
	p->count++;
	return ERR_OK;
}

/* The siblings on the way from `at` up to the root of `size` leaves. */
static enum err_code proof_add_path(struct merkle_proof *p, const struct merkle_reader *r,
	struct place at, uint64_t size, struct err *e)
{
	for (uint64_t last = (size - 1) >> at.level; last > 0; last >>= 1) {
		struct place sibling = { at.level, at.index ^ 1 };
		/* The last place of a level has no sibling when it is a left child. */
		if (sibling.index <= last)
			TRY(proof_add(p, r, sibling, size, e));
		at.level++;
		at.index >>= 1;
	}
	return ERR_OK;
}

enum err_code merkle_prove_inclusion(const struct merkle_reader *r, uint64_t index, uint64_t size,
	struct merkle_proof *ret, struct err *e)
{
	struct merkle_proof p = { 0 };

	TRY(check_size(size, e));
	if (index >= size)
		return err_set(e, ERR_INVALID, "entry %llu is not in a tree of size %llu",
			(unsigned long long)index, (unsigned long long)size);
	TRY(proof_add_path(&p, r, (struct place){ 0, index }, size, e));
	*ret = p;
	return ERR_OK;
}

enum err_code merkle_prove_consistency(const struct merkle_reader *r, uint64_t old_size,
	uint64_t new_size, struct merkle_proof *ret, struct err *e)
{
	struct merkle_proof p = { 0 };
	struct place edge;

	TRY(check_size(new_size, e));
	if (old_size > new_size)
		return err_set(e, ERR_INVALID, "old size %llu is over new size %llu",
			(unsigned long long)old_size, (unsigned long long)new_size);
	if (old_size > 0 && old_size < new_size) {
		/* The last perfect subtree of the old tree is the same in the new one. What stands
		 * left and right of its way up is enough for both roots. */
		edge.level = (uint32_t)__builtin_ctzll(old_size);
		edge.index = (old_size >> edge.level) - 1;
		if (edge.index > 0) /* else it is the old root itself, which the verifier has */
			TRY(proof_add(&p, r, edge, new_size, e));
		TRY(proof_add_path(&p, r, edge, new_size, e));
	}
	*ret = p;
	return ERR_OK;
}

static enum err_code unproven(const char *why, struct err *e)
{
	return err_set(e, ERR_UNPROVEN, "Merkle proof does not hold: %s", why);
}

/* Both verifiers walk up with the pair of RFC 9162: `at` is where the path stands, `last` the last
 * place of that level. */
struct climb {
	uint64_t at;
	uint64_t last;
};

static void climb_one(struct climb *c)
{
	c->at >>= 1;
	c->last >>= 1;
}

/* True when the next hash of the proof stands left of the path; then it also skips the levels where
 * the path has no sibling. */
static bool climb_is_right(struct climb *c)
{
	if ((c->at & 1) == 0 && c->at != c->last)
		return false;
	while (c->at != 0 && (c->at & 1) == 0)
		climb_one(c);
	return true;
}

enum err_code merkle_verify_inclusion(const struct merkle_proof *p, uint64_t index, uint64_t size,
	const struct digest *leaf_hash, const struct digest *root, struct err *e)
{
	struct climb c = { index, size - 1 };
	struct digest hash = *leaf_hash;

	CHECK(p->count <= LIMIT_PROOF_HASHES);
	if (index >= size)
		return unproven("the index is not below the size", e);
	for (uint32_t i = 0; i < p->count; i++) {
		if (c.last == 0)
			return unproven("it has too many hashes", e);
		if (climb_is_right(&c))
			hash = digest_sha256_node(&p->hashes[i], &hash);
		else
			hash = digest_sha256_node(&hash, &p->hashes[i]);
		climb_one(&c);
	}
	if (c.last != 0)
		return unproven("it has too few hashes", e);
	if (!digest_eq(&hash, root))
		return unproven("it leads to another root", e);
	return ERR_OK;
}

/* 0 < old_size < new_size and a proof that is not empty. */
static enum err_code climb_both(const struct merkle_proof *p, struct climb c,
	const struct digest *old_root, const struct digest *new_root, struct err *e)
{
	struct digest old_hash, new_hash;
	uint32_t i = 0;

	while ((c.at & 1) != 0)
		climb_one(&c);
	/* A perfect old tree is its own starting point, and the proof does not repeat it. */
	old_hash = c.at == 0 ? *old_root : p->hashes[i++];
	new_hash = old_hash;
	for (; i < p->count; i++) {
		if (c.last == 0)
			return unproven("it has too many hashes", e);
		if (climb_is_right(&c)) {
			old_hash = digest_sha256_node(&p->hashes[i], &old_hash);
			new_hash = digest_sha256_node(&p->hashes[i], &new_hash);
		} else {
			new_hash = digest_sha256_node(&new_hash, &p->hashes[i]);
		}
		climb_one(&c);
	}
	if (c.last != 0)
		return unproven("it has too few hashes", e);
	if (!digest_eq(&old_hash, old_root))
		return unproven("it leads to another old root", e);
	if (!digest_eq(&new_hash, new_root))
		return unproven("it leads to another new root", e);
	return ERR_OK;
}

enum err_code merkle_verify_consistency(const struct merkle_proof *p, uint64_t old_size,
	uint64_t new_size, const struct digest *old_root, const struct digest *new_root,
	struct err *e)
{
	const struct digest empty_root = digest_sha256(STR(""));

	CHECK(p->count <= LIMIT_PROOF_HASHES);
	if (old_size > new_size)
		return unproven("the old size is over the new size", e);
	if (old_size == 0 || old_size == new_size) {
		if (p->count != 0)
			return unproven("it must be empty between these sizes", e);
		if (new_size == 0 && !digest_eq(new_root, &empty_root))
			return unproven("the root of size 0 is not that of the empty tree", e);
		if (old_size > 0 && !digest_eq(old_root, new_root))
			return unproven("the size is the same and the roots differ", e);
		return ERR_OK;
	}
	if (p->count == 0)
		return unproven("it is empty", e);
	return climb_both(p, (struct climb){ old_size - 1, new_size - 1 }, old_root, new_root, e);
}
