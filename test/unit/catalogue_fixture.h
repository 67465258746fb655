/* catalogue_fixture.h - the catalogues as shipped, for tests that write texts for people. */
#ifndef HUREN_TEST_CATALOGUE_FIXTURE_H
#define HUREN_TEST_CATALOGUE_FIXTURE_H

#include <stdlib.h>
#include "base/scoped.h"
#include "web/view.h"

#define CAP 16777216

static struct catalogue *catalogue;

static int open_catalogue(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	if (catalogue_open(arena_printf(&a, "%s/ui", getenv("HUREN_SOURCE")), &catalogue, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	return 0;
}

static int close_catalogue(void **state)
{
	(void)state;
	catalogue_close(catalogue);
	return 0;
}

#endif
