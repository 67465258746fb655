/* test_merkle.c - the tree against RFC 9162 as it is written (recursively), and the vectors. */
#include "tlog/merkle.h"

#include "tlog_fixture.h"

/* MTH of RFC 9162 2.1.1, word for word. */
static struct digest mth(const struct digest *leaves, uint64_t n)
{
	struct digest left, right;
	uint64_t k = 1;

	if (n == 0)
		return digest_sha256(STR(""));
	if (n == 1)
		return leaves[0];
	while (k * 2 < n)
		k *= 2;
	left = mth(leaves, k);
	right = mth(leaves + k, n - k);
	return digest_sha256_node(&left, &right);
}

/* PATH of RFC 9162 2.1.3.1. */
static void path(const struct digest *leaves, uint64_t m, uint64_t n, struct merkle_proof *p)
{
	uint64_t k = 1;

	if (n == 1)
		return;
	while (k * 2 < n)
		k *= 2;
	if (m < k) {
		path(leaves, m, k, p);
		p->hashes[p->count++] = mth(leaves + k, n - k);
	} else {
		path(leaves + k, m - k, n - k, p);
		p->hashes[p->count++] = mth(leaves, k);
	}
}

/* SUBPROOF of RFC 9162 2.1.4.1. */
static void subproof(const struct digest *leaves, uint64_t m, uint64_t n, bool whole,
	struct merkle_proof *p)
{
	uint64_t k = 1;

	if (m == n) {
		if (!whole)
			p->hashes[p->count++] = mth(leaves, n);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	if (m <= k) {
		subproof(leaves, m, k, whole, p);
		p->hashes[p->count++] = mth(leaves + k, n - k);
	} else {
		subproof(leaves + k, m - k, n - k, false, p);
		p->hashes[p->count++] = mth(leaves, k);
	}
}

static void assert_same_proof(const struct merkle_proof *a, const struct merkle_proof *b)
{
	assert_int_equal(a->count, b->count);
	for (uint32_t i = 0; i < a->count; i++)
		assert_true(digest_eq(&a->hashes[i], &b->hashes[i]));
}

static void merkle_root_follows_the_rfc(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct merkle_range range;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 300);
	merkle_range_init(&range);
	for (uint64_t n = 0; n <= t.size; n++) {
		struct merkle_reader r = tree_reader(&t);
		struct digest want = mth(t.levels[0], n), got, appended = merkle_range_root(&range);
		assert_int_equal(merkle_root(&r, n, &got, NULL), ERR_OK);
		assert_true(digest_eq(&got, &want));
		assert_true(digest_eq(&appended, &want));
		assert_int_equal(range.size, n);
		if (n < t.size)
			merkle_range_append(&range, &t.levels[0][n]);
	}
}

static void merkle_range_goes_on_where_it_was_loaded(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 520);
	for (uint64_t n = 0; n <= t.size; n += 13) {
		struct merkle_reader r = tree_reader(&t);
		struct merkle_range range;
		struct digest root, want = mth(t.levels[0], t.size);
		assert_int_equal(merkle_range_load(&r, n, &range, NULL), ERR_OK);
		for (uint64_t i = n; i < t.size; i++)
			merkle_range_append(&range, &t.levels[0][i]);
		root = merkle_range_root(&range);
		assert_true(digest_eq(&root, &want));
	}
}

static void merkle_inclusion_proofs_follow_the_rfc_and_verify(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct merkle_reader r;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 300);
	r = tree_reader(&t);
	for (uint64_t n = 1; n <= t.size; n++) {
		struct digest root = mth(t.levels[0], n);
		for (uint64_t i = 0; i < n; i++) {
			struct merkle_proof p, want = { 0 };
			struct err e = { 0 };
			must(merkle_prove_inclusion(&r, i, n, &p, &e), &e);
			must(merkle_verify_inclusion(&p, i, n, &t.levels[0][i], &root, &e), &e);
			if (n % 7 != 0)
				continue; /* the recursive oracle is slow */
			path(t.levels[0], i, n, &want);
			assert_same_proof(&p, &want);
		}
	}
}

static void merkle_consistency_proofs_follow_the_rfc_and_verify(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct merkle_reader r;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 300);
	r = tree_reader(&t);
	for (uint64_t n = 0; n <= t.size; n += n < 66 ? 1 : 9) {
		struct digest new_root = mth(t.levels[0], n);
		for (uint64_t m = 0; m <= n; m++) {
			struct digest old_root = mth(t.levels[0], m);
			struct merkle_proof p, want = { 0 };
			struct err e = { 0 };
			must(merkle_prove_consistency(&r, m, n, &p, &e), &e);
			must(merkle_verify_consistency(&p, m, n, &old_root, &new_root, &e), &e);
			if (m > 0)
				subproof(t.levels[0], m, n, true, &want);
			assert_same_proof(&p, &want);
		}
	}
}

static void merkle_refuses_every_flipped_bit_of_an_inclusion_proof(void **state)
{
	SCOPED_ARENA a = { 0 };
	const uint64_t n = 205, index = 130;
	struct merkle_reader r;
	struct merkle_proof p;
	struct digest root, leaf;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, n);
	r = tree_reader(&t);
	root = mth(t.levels[0], n);
	leaf = t.levels[0][index];
	assert_int_equal(merkle_prove_inclusion(&r, index, n, &p, NULL), ERR_OK);
	for (uint32_t i = 0; i < p.count * 256; i++) {
		p.hashes[i / 256].at[i % 256 / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(merkle_verify_inclusion(&p, index, n, &leaf, &root, NULL),
			ERR_UNPROVEN);
		p.hashes[i / 256].at[i % 256 / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (int i = 0; i < 256; i++) {
		struct digest other = leaf;
		other.at[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(merkle_verify_inclusion(&p, index, n, &other, &root, NULL),
			ERR_UNPROVEN);
		other = root;
		other.at[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(merkle_verify_inclusion(&p, index, n, &leaf, &other, NULL),
			ERR_UNPROVEN);
	}
	assert_int_equal(merkle_verify_inclusion(&p, index, n, &leaf, &root, NULL), ERR_OK);
}

static void merkle_refuses_an_inclusion_proof_for_another_place(void **state)
{
	SCOPED_ARENA a = { 0 };
	const uint64_t n = 100, index = 42;
	struct merkle_reader r;
	struct merkle_proof p;
	struct digest root;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, n);
	r = tree_reader(&t);
	root = mth(t.levels[0], n);
	assert_int_equal(merkle_prove_inclusion(&r, index, n, &p, NULL), ERR_OK);
	for (uint64_t other = 0; other < 2 * n; other++) {
		enum err_code code = merkle_verify_inclusion(&p, other, n, &t.levels[0][index],
			&root, NULL);
		assert_int_equal(code, other == index ? ERR_OK : ERR_UNPROVEN);
	}
	p.count--;
	assert_int_equal(merkle_verify_inclusion(&p, index, n, &t.levels[0][index], &root, NULL),
		ERR_UNPROVEN);
	p.count += 2;
	assert_int_equal(merkle_verify_inclusion(&p, index, n, &t.levels[0][index], &root, NULL),
		ERR_UNPROVEN);
}

static void merkle_refuses_every_flipped_bit_of_a_consistency_proof(void **state)
{
	SCOPED_ARENA a = { 0 };
	const uint64_t old_size = 77, new_size = 205;
	struct merkle_reader r;
	struct merkle_proof p;
	struct digest old_root, new_root;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, new_size);
	r = tree_reader(&t);
	old_root = mth(t.levels[0], old_size);
	new_root = mth(t.levels[0], new_size);
	assert_int_equal(merkle_prove_consistency(&r, old_size, new_size, &p, NULL), ERR_OK);
	for (uint32_t i = 0; i < p.count * 256; i++) {
		p.hashes[i / 256].at[i % 256 / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(merkle_verify_consistency(&p, old_size, new_size, &old_root,
			&new_root, NULL), ERR_UNPROVEN);
		p.hashes[i / 256].at[i % 256 / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (int i = 0; i < 256; i++) {
		struct digest other = old_root;
		other.at[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(merkle_verify_consistency(&p, old_size, new_size, &other,
			&new_root, NULL), ERR_UNPROVEN);
		other = new_root;
		other.at[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(merkle_verify_consistency(&p, old_size, new_size, &old_root,
			&other, NULL), ERR_UNPROVEN);
	}
	assert_int_equal(merkle_verify_consistency(&p, old_size, new_size, &old_root, &new_root,
		NULL), ERR_OK);
}

static void merkle_agrees_with_the_reference_tree(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct digest leaves[8];
	const struct json *v, *list;
	struct tree t = { .size = 8 };
	struct merkle_reader r = tree_reader(&t);

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = vector_json(&a, "reference-tree.json");
	for (size_t i = 0; i < 8; i++) {
		struct digest want = digest_of_hex(
			json_str(json_at(json_get(v, "leaf_hashes"), i)));
		leaves[i] = digest_sha256_leaf(
			bytes_of_hex(&a, json_str(json_at(json_get(v, "leaves_hex"), i))));
		assert_true(digest_eq(&leaves[i], &want));
	}
	t.levels[0] = leaves;
	for (uint32_t level = 1; level < 4; level++) {
		t.levels[level] = ARENA_ARRAY(&a, struct digest, 8);
		for (size_t i = 0; i < 8u >> level; i++)
			t.levels[level][i] = mth(leaves + (i << level), 1u << level);
	}
	for (size_t n = 0; n <= 8; n++) {
		struct digest want = digest_of_hex(json_str(json_at(json_get(v, "roots"), n))), got;
		assert_int_equal(merkle_root(&r, n, &got, NULL), ERR_OK);
		assert_true(digest_eq(&got, &want));
	}
	list = json_get(v, "inclusion");
	assert_int_equal(json_count(list), 36);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i), *hashes = json_get(one, "proof");
		struct merkle_proof p, want = { .count = (uint32_t)json_count(hashes) };
		for (uint32_t k = 0; k < want.count; k++)
			want.hashes[k] = digest_of_hex(json_str(json_at(hashes, k)));
		assert_int_equal(merkle_prove_inclusion(&r,
			(uint64_t)json_number_or(json_get(one, "index"), 99),
			(uint64_t)json_number_or(json_get(one, "size"), 99), &p, NULL), ERR_OK);
		assert_same_proof(&p, &want);
	}
	list = json_get(v, "consistency");
	assert_int_equal(json_count(list), 36);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i), *hashes = json_get(one, "proof");
		struct merkle_proof p, want = { .count = (uint32_t)json_count(hashes) };
		for (uint32_t k = 0; k < want.count; k++)
			want.hashes[k] = digest_of_hex(json_str(json_at(hashes, k)));
		assert_int_equal(merkle_prove_consistency(&r,
			(uint64_t)json_number_or(json_get(one, "size1"), 99),
			(uint64_t)json_number_or(json_get(one, "size2"), 99), &p, NULL), ERR_OK);
		assert_same_proof(&p, &want);
	}
}

/* A number of the line that JSON readers round, put to 0 for them. */
static uint64_t take_number(char *line, const char *name)
{
	size_t at = str_find(str_of(line), str_of(name));
	uint64_t number = 0;

	assert_int_not_equal(at, SIZE_MAX);
	for (char *digit = line + at + strlen(name); *digit >= '0' && *digit <= '9'; digit++) {
		number = number * 10 + (uint64_t)(*digit - '0');
		*digit = digit == line + at + strlen(name) ? '0' : ' ';
	}
	return number;
}

/* False when a hash is not 32 bytes: such a proof never reaches the verifier. */
static bool read_hash(const struct json *v, struct digest *ret)
{
	return base64_decode_fixed(json_str(v), ret->at, DIGEST_BYTES, NULL) == ERR_OK;
}

static bool read_proof(const struct json *v, struct merkle_proof *ret)
{
	*ret = (struct merkle_proof){ .count = (uint32_t)json_count(v) };
	for (uint32_t i = 0; i < ret->count; i++) {
		if (!read_hash(json_at(v, i), &ret->hashes[i]))
			return false;
	}
	return true;
}

static void merkle_gives_every_inclusion_verdict_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str rest;
	unsigned good = 0, wrong = 0;

	(void)state;
	arena_init(&a, ARENA_CAP);
	rest = vector_file(&a, "inclusion.jsonl");
	while (rest.len > 0) {
		char *line = str_z(&a, str_cut(&rest, '\n'));
		uint64_t index = take_number(line, "\"leafIdx\":");
		uint64_t size = take_number(line, "\"treeSize\":");
		struct merkle_proof p;
		struct digest root, leaf;
		struct json *v = NULL;
		bool held;
		assert_int_equal(json_parse(&a, str_of(line), &v, NULL), ERR_OK);
		held = read_proof(json_get(v, "proof"), &p) &&
			read_hash(json_get(v, "root"), &root) &&
			read_hash(json_get(v, "leafHash"), &leaf) &&
			merkle_verify_inclusion(&p, index, size, &leaf, &root, NULL) == ERR_OK;
		if (held == json_true(json_get(v, "wantErr")))
			fail_msg("%s", line);
		good += held;
		wrong += !held;
	}
	assert_int_equal(good + wrong, 98);
	assert_in_range(good, 5, 97);
}

/* Upstream's placeholders ("don't care 2") are no hashes; equal ones stay equal, others differ. */
static struct digest read_root(const struct json *v)
{
	struct digest root;

	return read_hash(v, &root) ? root : digest_sha256(json_str(v));
}

static void merkle_gives_every_consistency_verdict_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str rest;
	unsigned good = 0, wrong = 0, from_nothing = 0;

	(void)state;
	arena_init(&a, ARENA_CAP);
	rest = vector_file(&a, "consistency.jsonl");
	while (rest.len > 0) {
		char *line = str_z(&a, str_cut(&rest, '\n'));
		uint64_t old_size = take_number(line, "\"size1\":");
		uint64_t new_size = take_number(line, "\"size2\":");
		struct merkle_proof p;
		struct digest old_root, new_root;
		struct json *v = NULL;
		bool held;
		assert_int_equal(json_parse(&a, str_of(line), &v, NULL), ERR_OK);
		old_root = read_root(json_get(v, "root1"));
		new_root = read_root(json_get(v, "root2"));
		held = read_proof(json_get(v, "proof"), &p) &&
			merkle_verify_consistency(&p, old_size, new_size, &old_root, &new_root,
				NULL) == ERR_OK;
		/* Upstream refuses every proof from size 0; C2SP takes the empty one. */
		if (held && old_size == 0 && new_size > 0 && p.count == 0) {
			from_nothing++;
			continue;
		}
		if (held == json_true(json_get(v, "wantErr")))
			fail_msg("%s", line);
		good += held;
		wrong += !held;
	}
	assert_int_equal(from_nothing, 2);
	assert_int_equal(good + wrong, 96);
	assert_in_range(good, 5, 97);
}

static void merkle_takes_only_the_empty_root_at_size_0(void **state)
{
	struct digest empty = digest_sha256(STR("")), other = digest_sha256(STR("x"));
	struct merkle_proof p = { 0 };

	(void)state;
	assert_int_equal(merkle_verify_consistency(&p, 0, 0, &other, &empty, NULL), ERR_OK);
	assert_int_equal(merkle_verify_consistency(&p, 0, 0, &other, &other, NULL), ERR_UNPROVEN);
	assert_int_equal(merkle_verify_consistency(&p, 0, 5, &empty, &other, NULL), ERR_OK);
	p.count = 1;
	assert_int_equal(merkle_verify_consistency(&p, 0, 5, &empty, &other, NULL), ERR_UNPROVEN);
	assert_int_equal(merkle_verify_consistency(&p, 5, 5, &other, &other, NULL), ERR_UNPROVEN);
}

static void merkle_refuses_what_is_not_in_the_tree(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct merkle_proof p = { .count = 7 };
	struct merkle_range range = { .count = 7 };
	struct merkle_reader r;
	struct digest root;
	struct tree t;

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 10);
	r = tree_reader(&t);
	assert_int_equal(merkle_prove_inclusion(&r, 10, 10, &p, NULL), ERR_INVALID);
	assert_int_equal(merkle_prove_inclusion(&r, 0, 0, &p, NULL), ERR_INVALID);
	assert_int_equal(merkle_prove_inclusion(&r, 3, 20, &p, NULL), ERR_NOT_FOUND);
	assert_int_equal(merkle_prove_consistency(&r, 5, 4, &p, NULL), ERR_INVALID);
	assert_int_equal(merkle_prove_consistency(&r, 5, 20, &p, NULL), ERR_NOT_FOUND);
	assert_int_equal(merkle_prove_inclusion(&r, 0, UINT64_MAX, &p, NULL), ERR_INVALID);
	assert_int_equal(merkle_root(&r, (uint64_t)MERKLE_SIZE_MAX + 1, &root, NULL), ERR_INVALID);
	assert_int_equal(merkle_range_load(&r, 11, &range, NULL), ERR_NOT_FOUND);
	assert_int_equal(p.count, 7); /* output untouched on failure */
	assert_int_equal(range.count, 7);
}

/* Any node of an enormous tree: all the same. */
static enum err_code same_node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	(void)context;
	(void)level;
	(void)index;
	(void)e;
	memset(ret->at, 7, sizeof(ret->at));
	return ERR_OK;
}

static void limit_proof_hashes(void **state)
{
	struct merkle_reader r = { .node = same_node };
	struct merkle_proof p = { 0 };

	(void)state;
	assert_int_equal(merkle_prove_inclusion(&r, 0, MERKLE_SIZE_MAX, &p, NULL), ERR_OK);
	assert_int_equal(p.count, LIMIT_PROOF_HASHES);
	/* An odd old size in the left half needs one more than its path. */
	assert_int_equal(merkle_prove_consistency(&r, 3, MERKLE_SIZE_MAX, &p, NULL), ERR_TOO_LARGE);
	assert_int_equal(merkle_prove_consistency(&r, 3, (uint64_t)1 << 62, &p, NULL), ERR_OK);
	assert_int_equal(p.count, LIMIT_PROOF_HASHES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merkle_root_follows_the_rfc),
		cmocka_unit_test(merkle_range_goes_on_where_it_was_loaded),
		cmocka_unit_test(merkle_inclusion_proofs_follow_the_rfc_and_verify),
		cmocka_unit_test(merkle_consistency_proofs_follow_the_rfc_and_verify),
		cmocka_unit_test(merkle_refuses_every_flipped_bit_of_an_inclusion_proof),
		cmocka_unit_test(merkle_refuses_an_inclusion_proof_for_another_place),
		cmocka_unit_test(merkle_refuses_every_flipped_bit_of_a_consistency_proof),
		cmocka_unit_test(merkle_agrees_with_the_reference_tree),
		cmocka_unit_test(merkle_gives_every_inclusion_verdict_of_the_vectors),
		cmocka_unit_test(merkle_gives_every_consistency_verdict_of_the_vectors),
		cmocka_unit_test(merkle_takes_only_the_empty_root_at_size_0),
		cmocka_unit_test(merkle_refuses_what_is_not_in_the_tree),
		cmocka_unit_test(limit_proof_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
