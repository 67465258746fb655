/* fsck_cmd.c - `huren fsck` and `huren limits`: what a node keeps, and every bound it has. */
#include "base/limits.h"
#include "cli/cli.h"
#include "fsck/fsck.h"

#define COUNT(member) { #member, offsetof(struct fsck_report, member) }
static const struct { const char *name; size_t offset; } counts[] = {
	COUNT(entries), COUNT(bodies), COUNT(signatures), COUNT(tiles), COUNT(bundles),
	COUNT(checkpoints), COUNT(statuses), COUNT(evidence),
	COUNT(mirrors), COUNT(mirror_entries), COUNT(forks), COUNT(audit_lines),
	COUNT(problem_count),
};
#define COUNT_COUNT (sizeof(counts) / sizeof(counts[0]))

static uint64_t count_at(const struct fsck_report *r, size_t i)
{
	return *(const uint64_t *)(const void *)((const char *)r + counts[i].offset);
}

static struct json *report_model(struct arena *a, const struct fsck_report *r)
{
	struct json *v = json_new_object(a);
	struct json *problems = json_new_array(a);
	for (size_t i = 0; i < COUNT_COUNT; i++)
		json_set_number(a, v, counts[i].name, (double)count_at(r, i));
	for (uint64_t i = 0; i < r->problem_count && i < FSCK_PROBLEMS_MAX; i++) {
		struct json *p = json_new_object(a);
		json_set_text(a, p, "where", r->problems[i].where);
		json_set_text(a, p, "what", r->problems[i].what);
		json_push(a, problems, p);
	}
	json_set(a, v, "problems", problems);
	return v;
}

enum err_code fsck_command(struct args *args, struct arena *a, struct err *e)
{
	const char *dir = args_value(args, "--dir");
	bool as_json = args_flag(args, "--json");
	struct fsck_report *r = ARENA_NEW(a, struct fsck_report);
	if (!dir)
		TRY(args_need_word(args, "node folder", &dir, e));
	TRY(args_end(args, e));
	if (!r)
		return err_set(e, ERR_TOO_LARGE, "no room for the report");
	TRY(fsck_run(dir, r, e));
	if (as_json) {
		TRY(cli_print_json(report_model(a, r), e));
	} else {
		for (size_t i = 0; i < COUNT_COUNT; i++)
			(void)printf("%s %llu\n", counts[i].name, (unsigned long long)count_at(r,
				i));
		for (uint64_t i = 0; i < r->problem_count && i < FSCK_PROBLEMS_MAX; i++)
			(void)printf("PROBLEM %s: %s\n", r->problems[i].where, r->problems[i].what);
	}
	if (r->problem_count > 0)
		return err_set(e, ERR_CORRUPT, "%llu problems found in \"%s\"",
			(unsigned long long)r->problem_count, dir);
	return ERR_OK;
}

enum err_code limits_command(struct args *args, struct arena *a, struct err *e)
{
	bool as_json = args_flag(args, "--json");
	struct json *list = json_new_array(a);
	TRY(args_end(args, e));
	for (size_t i = 0; i < limits_count; i++) {
		const struct limit *limit = &limits_table[i];
		if (!as_json) {
			(void)printf("%-24s %12llu %-12s %s\n", limit->name,
				(unsigned long long)limit->value,
				limit->unit, limit->seen);
			continue;
		}
		struct json *v = json_new_object(a);
		json_set_text(a, v, "name", limit->name);
		json_set_number(a, v, "value", (double)limit->value);
		json_set_text(a, v, "unit", limit->unit);
		json_set_text(a, v, "seen", limit->seen);
		json_set_text(a, v, "why", limit->why);
		json_push(a, list, v);
	}
	return as_json ? cli_print_json(list, e) : ERR_OK;
}
