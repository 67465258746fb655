/* fuzz_bundle.c - any text as a bundle, and two good ones with parts of them moved, doubled and
 * left out as the input says.
 *
 * Invariants: the verdict follows from the steps, is the same for every spelling of a bundle and
 *             the second time; a bundle is good only when its main statement is one that the sample
 *             cities have logged, and never for who trusts other logs or asks for a witness that
 *             did not see it.
 */
#include <stdint.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "sample_bundle.h"

#define NOW (SAMPLE_TIME + 1000)
#define CHANGE_BYTES 5 /* how, from where (2), to where (2) */
#define CHANGES_MAX 4
#define NODES_MAX 4096
#define BASES 2

static struct arena kept; /* the sample cities, for the life of the program */
static struct sample_world world;
static struct str bases[BASES];
static struct policy *stranger, *strict;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the sample ------------------------------------------------------------------------------ */

/* A decision of the other city, with the agreement it names. */
static struct str decision_bundle(struct sample_world *w)
{
	struct json *agreement = sample_doc(w->a, KIND_AGREEMENT, w->entry_count + 1, &w->city,
		sample_json(w->a, "{\"id\":\"urn:g\",\"type\":\"RecognitionAgreement\","
			"\"parties\":[{\"id\":\"" SAMPLE_CITY "\"},{\"id\":\"" SAMPLE_PEER
			"\"}]}"));
	struct json *named = json_new_object(w->a), *inputs = json_new_object(w->a);
	struct json *subject = json_new_object(w->a);
	const struct sample_entry *entries[] = { NULL, w->peer_doc, w->city_doc, NULL };

	sample_sign(w->a, agreement, &w->city, /* sm2= */ false, SAMPLE_TIME + 3);
	entries[3] = sample_publish(w, &w->peer_log, agreement, &w->peer, SAMPLE_TIME + 5);
	json_set_str(w->a, named, "id", entries[3]->statement.id);
	json_set_str(w->a, named, "digest",
		base64url_new(w->a, entries[3]->statement.digest.at, DIGEST_BYTES));
	json_set(w->a, inputs, "agreement", named);
	json_set_text(w->a, subject, "id", "did:web:a.example:org:2");
	json_set(w->a, subject, "inputs", inputs);
	entries[0] = sample_publish(w, &w->peer_log,
		sample_doc(w->a, KIND_DECISION, w->entry_count + 1, &w->peer, subject), &w->peer,
		SAMPLE_TIME + 9);
	return sample_bundle(w, entries, 4);
}

static void make_sample(void)
{
	struct sample_world *w = &world;
	struct key other = sample_key(KEY_ED25519, 99);
	struct note_key other_log, other_witness;

	key_library_init();
	arena_init(&kept, 67108864);
	sample_world_init(w, &kept, /* level= */ 8, /* sm2= */ false);
	sample_world_report(w);
	bases[0] = sample_report_bundle(w);
	bases[1] = decision_bundle(w);
	CHECK(note_key_make(w->log.origin, NOTE_ED25519, &other.pub, &other_log, NULL) == ERR_OK);
	CHECK(note_key_make(STR("c.example/witness"), NOTE_COSIGNATURE, &other.pub, &other_witness,
		NULL) == ERR_OK);
	CHECK(policy_parse(&kept, str_printf(&kept, "log " STR_FMT "\nquorum none\n",
		STR_ARG(note_vkey_text(&kept, &other_log))), &stranger, NULL) == ERR_OK);
	CHECK(policy_parse(&kept, str_printf(&kept, "log " STR_FMT "\nlog " STR_FMT
		"\nwitness c " STR_FMT "\nquorum c\n",
		STR_ARG(note_vkey_text(&kept, &w->log.note_key)),
		STR_ARG(note_vkey_text(&kept, &w->peer_log.note_key)),
		STR_ARG(note_vkey_text(&kept, &other_witness))), &strict, NULL) == ERR_OK);
}

/* ---- what must hold -------------------------------------------------------------------------- */

static bool is_logged(const struct statement *s)
{
	for (uint32_t i = 0; i < world.entry_count; i++) {
		if (str_eq(s->canonical, world.entries[i].text))
			return true;
	}
	return false;
}

static bool may_be_unknown(const char *step)
{
	return strcmp(step, "status") == 0 || strcmp(step, "agreement") == 0;
}

static void check_steps(const struct bundle_found *f)
{
	CHECK(f->step_count > 1);
	CHECK(f->step_count <= BUNDLE_STEPS_MAX);
	CHECK(strcmp(f->steps[0].step, "format") == 0);
	CHECK(f->steps[0].state == STEP_HELD);
	for (uint32_t i = 0; i < f->step_count; i++) {
		const struct bundle_step *s = &f->steps[i];
		CHECK(s->detail[0] != '\0');
		CHECK(memchr(s->detail, 0, sizeof(s->detail)) != NULL);
		if (!f->good || s->state == STEP_HELD)
			continue;
		CHECK(may_be_unknown(s->step));
		CHECK(s->state == STEP_UNKNOWN ||
			(f->withdrawn && strcmp(s->step, "status") == 0));
	}
	CHECK(!f->good || f->signature_count >= 3); /* checkpoint, witness, statement */
}

static void check_same(const struct bundle_found *f, const struct bundle_found *again)
{
	CHECK(again->good == f->good);
	CHECK(again->withdrawn == f->withdrawn);
	CHECK(again->step_count == f->step_count);
	CHECK(again->signature_count == f->signature_count);
	CHECK(again->as_of == f->as_of);
	CHECK(str_eq(again->statement.canonical, f->statement.canonical));
	for (uint32_t i = 0; i < f->step_count; i++) {
		CHECK(again->steps[i].state == f->steps[i].state);
		CHECK(strcmp(again->steps[i].detail, f->steps[i].detail) == 0);
	}
}

static void check_others(struct arena *a, struct str text)
{
	struct bundle_found found;

	CHECK(bundle_verify(a, text, stranger, NOW, &found, NULL) == ERR_OK);
	CHECK(!found.good);
	CHECK(bundle_verify(a, text, strict, NOW, &found, NULL) == ERR_OK);
	CHECK(!found.good);
}

static void try_text(struct arena *a, struct str text)
{
	struct bundle_found found = { .step_count = 77 }, again;
	struct err e = { 0 };
	struct json *v = NULL;
	struct str canonical;

	if (bundle_verify(a, text, world.policy, NOW, &found, &e) != ERR_OK) {
		CHECK(e.code == ERR_INVALID || e.code == ERR_TOO_LARGE ||
			e.code == ERR_UNSUPPORTED);
		CHECK(found.step_count == 77);
		return;
	}
	check_steps(&found);
	CHECK(!found.good || is_logged(&found.statement));
	CHECK(json_parse(a, text, &v, NULL) == ERR_OK);
	CHECK(json_jcs(a, v, &canonical, NULL) == ERR_OK);
	CHECK(bundle_verify(a, canonical, world.policy, NOW, &again, NULL) == ERR_OK);
	check_same(&found, &again);
	check_others(a, text);
}

/* ---- changing a good one --------------------------------------------------------------------- */

struct nodes {
	struct json *at[NODES_MAX];
	uint32_t count;
};

/* Every value of a tree, breadth first. */
static void collect(struct json *root, struct nodes *ret)
{
	ret->count = 0;
	ret->at[ret->count++] = root;
	for (uint32_t i = 0; i < ret->count; i++) {
		struct json *v = ret->at[i];
		for (uint32_t k = 0; k < json_count(v) && ret->count < NODES_MAX; k++)
			ret->at[ret->count++] = json_is(v, JSON_ARRAY) ? v->items[k] :
				v->members[k].value;
	}
}

static bool is_inside(const struct json *v, const struct json *around)
{
	return around->offset <= v->offset && v->end <= around->end;
}

/* Leaves out one element, when there is one to leave out. */
static void leave_out(struct json *v, uint32_t which)
{
	uint32_t at, size;

	if (json_count(v) == 0)
		return;
	at = which % v->count;
	size = --v->count - at;
	if (v->type == JSON_ARRAY)
		memmove(&v->items[at], &v->items[at + 1], size * sizeof(v->items[0]));
	else
		memmove(&v->members[at], &v->members[at + 1], size * sizeof(v->members[0]));
}

/* Shortens a text, to whole characters. */
static void cut(struct str *s, uint32_t to)
{
	if (s->len == 0)
		return;
	s->len = to % s->len;
	while (s->len > 0 && (s->at[s->len] & 0xc0) == 0x80)
		s->len--;
}

static void change_tree(struct arena *a, struct json *root, const uint8_t *data)
{
	struct nodes *n = ARENA_NEW(a, struct nodes);
	uint32_t from = (uint32_t)(data[1] << 8 | data[2]), to = (uint32_t)(data[3] << 8 | data[4]);
	struct json *x, *y, other;

	CHECK(n != NULL);
	collect(root, n);
	x = n->at[from % n->count];
	y = n->at[to % n->count];
	switch (data[0] % 5) {
	case 0: /* y stands in both places */
		if (!is_inside(x, y))
			*x = *y;
		break;
	case 1: /* they change places */
		if (is_inside(x, y) || is_inside(y, x))
			break;
		other = *x;
		*x = *y;
		*y = other;
		break;
	case 2:
		leave_out(x, to);
		break;
	case 3: /* an element twice */
		if (json_is(x, JSON_ARRAY) && x->count > 0)
			(void)json_push(a, x, x->items[to % x->count]); /* told by json_jcs */
		break;
	default:
		if (json_is(x, JSON_NUMBER))
			x->number = to;
		else if (json_is(x, JSON_STRING))
			cut(&x->string, to);
		break;
	}
}

static struct str change(struct arena *a, struct str text, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + CHANGE_BYTES <= size && i / CHANGE_BYTES < CHANGES_MAX;
		i += CHANGE_BYTES) {
		struct json *v = NULL;
		CHECK(json_parse(a, text, &v, NULL) == ERR_OK);
		change_tree(a, v, data + i);
		CHECK(json_jcs(a, v, &text, NULL) == ERR_OK);
	}
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };

	if (!bases[0].at)
		make_sample();
	if (size == 0 || size > 131072)
		return 0;
	arena_init(&a, 268435456);
	if (data[0] == '{' || data[0] == ' ')
		try_text(&a, (struct str){ (const char *)data, size });
	else
		try_text(&a, change(&a, bases[data[0] % BASES], data + 1, size - 1));
	return 0;
}
