/* route.c - matching a path against the rows. */
#include "web/route.h"

#include <stdio.h>
#include <string.h>

/* Matches segment by segment; ":name" takes one that is not empty, "+name" the rest. */
static bool matches(const char *pattern, struct str path, struct str params[REQUEST_PARAMS])
{
	size_t count = 0;
	struct str rest = str_of(pattern);

	while (rest.at) {
		struct str want = str_cut(&rest, '/'), have;
		if (!path.at)
			return false;
		if (str_starts(want, "+")) {
			CHECK(count < REQUEST_PARAMS);
			params[count] = path;
			return path.len > 0;
		}
		have = str_cut(&path, '/');
		if (!str_starts(want, ":")) {
			if (!str_eq(want, have))
				return false;
			continue;
		}
		if (have.len == 0)
			return false;
		CHECK(count < REQUEST_PARAMS);
		params[count++] = have;
	}
	return !path.at;
}

/* The page that a .json address is the twin of; empty when it is none. */
static struct str twin_of(struct str path)
{
	if (str_is(path, "/index.json"))
		return STR("/");
	if (str_ends(path, ".json") && path.len > 6 && path.at[path.len - 6] != '/')
		return (struct str){ path.at, path.len - 5 };
	return STR("");
}

static void allow(struct route_found *found, const char *method)
{
	size_t len = strlen(found->allowed);
	const char *also = strcmp(method, "GET") == 0 ? ", HEAD" : "";

	(void)snprintf(found->allowed + len, sizeof(found->allowed) - len, "%s%s%s",
		len > 0 ? ", " : "", method, also);
}

/* A row of pages answers HEAD as it answers GET. */
static bool answers(const struct route *row, struct str method)
{
	return str_is(method, row->method) ||
		(str_is(method, "HEAD") && strcmp(row->method, "GET") == 0);
}

struct route_found route_find(const struct route *table, size_t count, struct str method,
	struct str path)
{
	struct route_found found = { .route = NULL };
	struct str twin = twin_of(path);

	for (size_t i = 0; i < count; i++) {
		struct str params[REQUEST_PARAMS] = { 0 };
		/* The twin first: "/statements/:uuid" would take "x.json" as a name. */
		bool json = table[i].page && twin.len > 0 && matches(table[i].path, twin, params);
		if (!json && !matches(table[i].path, path, params))
			continue;
		if (!answers(&table[i], method)) {
			allow(&found, table[i].method);
			continue;
		}
		found.route = &table[i];
		found.json = json;
		for (size_t p = 0; p < REQUEST_PARAMS; p++)
			found.params[p] = params[p];
		break;
	}
	return found;
}

size_t route_index(const struct route *route)
{
	CHECK(route >= routes);
	CHECK(route < routes + route_count);
	return (size_t)(route - routes);
}
