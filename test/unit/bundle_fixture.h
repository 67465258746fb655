/* bundle_fixture.h - what the tests of bundles share: a logged report, and bundles around it. */
#ifndef HUREN_TEST_BUNDLE_FIXTURE_H
#define HUREN_TEST_BUNDLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "sample_bundle.h"

#define ARENA_CAP 67108864
#define NOW (SAMPLE_TIME + 1000)

struct fixture {
	struct arena a;
	struct sample_world w;
};

static inline int setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	arena_init(&f->a, ARENA_CAP);
	sample_world_init(&f->w, &f->a, /* level= */ 8, /* sm2= */ false);
	*state = f;
	return 0;
}

static inline int setup_report(void **state)
{
	struct fixture *f;

	(void)setup(state);
	f = *state;
	sample_world_report(&f->w);
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	arena_clear(&f->a);
	test_free(f);
	return 0;
}

static inline struct bundle_found verify(struct fixture *f, struct str text)
{
	struct bundle_found found;
	struct err e = { 0 };

	if (bundle_verify(&f->a, text, f->w.policy, NOW, &found, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return found;
}

static inline const struct bundle_step *find_step(
	const struct bundle_found *found, const char *name)
{
	for (uint32_t i = 0; i < found->step_count; i++) {
		if (strcmp(found->steps[i].step, name) == 0)
			return &found->steps[i];
	}
	return NULL;
}

static inline void expect_step(const struct bundle_found *found, const char *name,
	enum bundle_step_state state, const char *detail)
{
	const struct bundle_step *s = find_step(found, name);

	if (!s)
		fail_msg("there is no step %s", name);
	if (s->state != state || (detail && strcmp(s->detail, detail) != 0))
		fail_msg("%s is %d: %s", name, (int)s->state, s->detail);
}

static inline void expect_good(struct fixture *f, struct str text)
{
	struct bundle_found found = verify(f, text);

	for (uint32_t i = 0; i < found.step_count; i++) {
		if (found.steps[i].state == STEP_FAILED)
			fail_msg("%s: %s", found.steps[i].step, found.steps[i].detail);
	}
	assert_true(found.good);
	assert_false(found.withdrawn);
}

/* Not good, by this step. */
static inline void expect_bad(struct fixture *f, struct str text, const char *step,
	enum bundle_step_state state, const char *detail)
{
	struct bundle_found found = verify(f, text);

	expect_step(&found, step, state, detail);
	assert_false(found.good);
}

/* The usual entries of a report's bundle, to be changed: [0] report, [1] city, [2] lab,
 * [3] accreditation, [4] revocation, [5] suspension, then `more`. */
struct list {
	const struct sample_entry *at[SAMPLE_ENTRIES_MAX];
	size_t count;
};

static inline struct list usual(const struct sample_world *w)
{
	return (struct list){ { w->report, w->city_doc, w->lab_doc, w->accreditation, w->revocation,
		w->suspension }, 6 };
}

static inline struct str bundle_of(struct fixture *f, const struct list *l)
{
	return sample_bundle(&f->w, l->at, l->count);
}

static inline struct str bundle_without(struct fixture *f, size_t left_out)
{
	struct list l = usual(&f->w);

	memmove(&l.at[left_out], &l.at[left_out + 1], (l.count - left_out - 1) * sizeof(l.at[0]));
	l.count--;
	return bundle_of(f, &l);
}

static inline struct str bundle_with(struct fixture *f, const struct sample_entry *more)
{
	struct list l = usual(&f->w);

	l.at[l.count++] = more;
	return bundle_of(f, &l);
}

static inline struct str bundle_instead(
	struct fixture *f, size_t place, const struct sample_entry *other)
{
	struct list l = usual(&f->w);

	l.at[place] = other;
	return bundle_of(f, &l);
}

#define WITH_REPORT(test) cmocka_unit_test_setup_teardown(test, setup_report, teardown)

#endif
