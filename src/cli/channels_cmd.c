/* channels_cmd.c - `huren channels` and `huren sandbox-check`: what a measurement file holds, and
 * how the process is confined that reads it. */
#include <math.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "evidence/sandbox.h"
#include "service/evaluate.h"
#include "service/rules_folder.h"

/* ---- texts ----------------------------------------------------------------------------------- */

/* Seconds, exact to the nanosecond, without zeros at the end. */
static struct str seconds_text(struct arena *a, int64_t ns)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	struct str s = str_printf(a, "%s%llu.%09llu", ns < 0 ? "-" : "",
		(unsigned long long)(size / 1000000000), (unsigned long long)(size % 1000000000));

	while (s.len > 0 && s.at[s.len - 1] == '0')
		s.len--;
	if (s.len > 0 && s.at[s.len - 1] == '.')
		s.len--;
	return s;
}

/* "2025-12-01T00:00:00.25Z" */
static struct str start_text(struct arena *a, int64_t ns)
{
	char text[INSTANT_TEXT_BYTES];
	int64_t s = ns / 1000000000, rest = ns % 1000000000;

	if (rest < 0) {
		rest += 1000000000;
		s--;
	}
	instant_format(s, text);
	text[strlen(text) - 1] = '\0'; /* the Z */
	struct str fraction = seconds_text(a, rest);
	return str_printf(a, "%s" STR_FMT "Z", text, STR_ARG(str_skip(fraction, 1)));
}

/* As ECMAScript writes it, "inf" and "-inf" beside. */
static struct str number_of(struct arena *a, double value)
{
	char text[32];

	if (isinf(value))
		return value > 0 ? STR("inf") : STR("-inf");
	size_t len = json_number_text(value, text);
	return str_copy(a, (struct str){ text, len });
}

static const char *kind_name(enum channel_kind kind)
{
	return kind == CHANNEL_TEXT ? "text" : "number";
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void set_some(struct arena *a, struct json *v, const char *name, struct str s)
{
	if (s.len > 0)
		json_set_str(a, v, name, s);
}

static struct json *channel_json(struct arena *a, const struct evidence_channel *c,
	const struct evidence_channel_sum *sum)
{
	struct json *v = json_new_object(a);

	json_set_str(a, v, "name", c->name);
	set_some(a, v, "unit", c->unit);
	json_set_text(a, v, "kind", kind_name(c->kind));
	json_set(a, v, "readable", json_new_bool(a, c->readable));
	set_some(a, v, "whyNot", c->why_not);
	if (!sum)
		return v;
	json_set_number(a, v, "count", (double)sum->count);
	json_set_number(a, v, "missing", (double)sum->missing);
	if (sum->count > 0) {
		json_set_str(a, v, "min", number_of(a, sum->min));
		json_set_str(a, v, "max", number_of(a, sum->max));
		json_set_str(a, v, "sum", isnan(sum->sum) ? STR("nan") : number_of(a, sum->sum));
	}
	return v;
}

static struct json *group_json(struct arena *a, const struct evidence_sums *s, uint32_t index,
	bool sums)
{
	const struct evidence_group *g = &s->listing.groups[index];
	struct json *v = json_new_object(a), *channels = json_new_array(a);

	json_set_str(a, v, "name", g->name);
	json_set(a, v, "hasTime", json_new_bool(a, g->has_time));
	if (g->rows_known || sums)
		json_set_number(a, v, "rows", (double)(sums && g->has_time
			? s->groups[index].rows : g->rows));
	if (sums && s->groups[index].rows > 0) {
		json_set_str(a, v, "first", seconds_text(a, s->groups[index].first_ns));
		json_set_str(a, v, "last", seconds_text(a, s->groups[index].last_ns));
		json_set_str(a, v, "longestGap", seconds_text(a, s->groups[index].gap_ns));
	}
	for (uint32_t i = 0; i < s->listing.channel_count; i++) {
		if (s->listing.channels[i].group_index == index)
			json_push(a, channels, channel_json(a, &s->listing.channels[i],
				sums ? &s->channels[i] : NULL));
	}
	json_set(a, v, "channels", channels);
	return v;
}

static struct json *file_json(struct arena *a, const char *path, const struct evidence_sums *s,
	bool sums)
{
	const struct evidence_listing *l = &s->listing;
	struct json *v = json_new_object(a);
	struct json *groups = json_new_array(a), *notes = json_new_array(a);

	for (uint32_t i = 0; i < l->group_count; i++)
		json_push(a, groups, group_json(a, s, i, sums));
	for (uint32_t i = 0; i < l->note_count; i++) {
		struct json *note = json_new_object(a);
		json_set_text(a, note, "note", note_name(l->notes[i].code));
		set_some(a, note, "where", l->notes[i].where);
		json_set_str(a, note, "text", l->notes[i].text);
		json_push(a, notes, note);
	}
	json_set_text(a, v, "file", path);
	json_set_str(a, v, "format", l->format);
	if (l->start_ns != CHANNEL_TIME_UNKNOWN)
		json_set_str(a, v, "start", start_text(a, l->start_ns));
	json_set(a, v, "groups", groups);
	json_set(a, v, "notes", notes);
	return v;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_channel(struct arena *a, const struct evidence_channel *c,
	const struct evidence_channel_sum *sum)
{
	(void)printf("  %-32.*s  %-10.*s  ", STR_ARG(c->name),
		STR_ARG(c->kind == CHANNEL_TEXT ? STR("text") : c->unit));
	if (!c->readable)
		(void)printf("cannot be read: " STR_FMT, STR_ARG(c->why_not));
	else if (sum && sum->count == 0)
		(void)printf("%llu missing", (unsigned long long)sum->missing);
	else if (sum)
		(void)printf("%llu values, %llu missing, from " STR_FMT " to " STR_FMT ", sum "
			STR_FMT, (unsigned long long)sum->count,
			(unsigned long long)sum->missing, STR_ARG(number_of(a, sum->min)),
			STR_ARG(number_of(a, sum->max)),
			STR_ARG(isnan(sum->sum) ? STR("nan") : number_of(a, sum->sum)));
	(void)printf("\n");
}

static void print_group(struct arena *a, const struct evidence_sums *s, uint32_t index, bool sums)
{
	const struct evidence_group *g = &s->listing.groups[index];
	const struct evidence_group_sum *sum = sums ? &s->groups[index] : NULL;

	(void)printf("group \"" STR_FMT "\"", STR_ARG(g->name));
	if (!g->has_time)
		(void)printf(", no time axis");
	if (sum && g->has_time)
		(void)printf(", %llu rows", (unsigned long long)sum->rows);
	else if (g->rows_known)
		(void)printf(", %llu rows", (unsigned long long)g->rows);
	if (sum && sum->rows > 0)
		(void)printf(", " STR_FMT " s to " STR_FMT " s, longest gap " STR_FMT " s%s",
			STR_ARG(seconds_text(a, sum->first_ns)),
			STR_ARG(seconds_text(a, sum->last_ns)),
			STR_ARG(seconds_text(a, sum->gap_ns)),
			sum->backwards ? ", TIMES GO BACK" : "");
	(void)printf("\n");
	for (uint32_t i = 0; i < s->listing.channel_count; i++) {
		if (s->listing.channels[i].group_index == index)
			print_channel(a, &s->listing.channels[i], sums ? &s->channels[i] : NULL);
	}
}

static void print_file(struct arena *a, const char *path, const struct evidence_sums *s, bool sums)
{
	const struct evidence_listing *l = &s->listing;

	(void)printf("%s: " STR_FMT ", %u groups, %u channels", path, STR_ARG(l->format),
		l->group_count, l->channel_count);
	if (l->start_ns != CHANNEL_TIME_UNKNOWN)
		(void)printf(", starts " STR_FMT, STR_ARG(start_text(a, l->start_ns)));
	(void)printf("\n");
	for (uint32_t i = 0; i < l->group_count; i++)
		print_group(a, s, i, sums);
	for (uint32_t i = 0; i < l->note_count; i++)
		(void)printf("note %s%s" STR_FMT ": " STR_FMT "\n", note_name(l->notes[i].code),
			l->notes[i].where.len > 0 ? " " : "", STR_ARG(l->notes[i].where),
			STR_ARG(l->notes[i].text));
}

/* ---- commands -------------------------------------------------------------------------------- */

static enum err_code list_file(struct arena *a, struct sandbox *s, const char *path,
	const struct mapping *mapping, bool sums, bool as_json, struct err *e)
{
	struct evidence_sums found = { 0 };

	if (sums)
		TRY(sandbox_sums(s, a, path, mapping, &found, e));
	else
		TRY(sandbox_list(s, a, path, mapping, &found.listing, e));
	if (as_json)
		return cli_print_json(file_json(a, path, &found, sums), e);
	print_file(a, path, &found, sums);
	return ERR_OK;
}

static enum err_code load_mapping(struct arena *a, const char *rules_folder, const char *path,
	struct mapping **ret, struct err *e)
{
	struct rules *rules;
	enum err_code code;

	if (!path)
		return ERR_OK;
	TRY(rules_folder_load(rules_folder, &rules, e));
	code = evaluate_load_mapping(a, rules, path, ret, e);
	rules_close(rules); /* the mapping lives in the arena */
	return code;
}

enum err_code channels_command(struct args *args, struct arena *a, struct err *e)
{
	struct sandbox_options options;
	struct mapping *mapping = NULL;
	struct sandbox *s;
	const char *path;
	const char *rules_folder = cli_rules_folder(args);
	const char *mapping_path = args_value(args, "--mapping");
	bool sums = args_flag(args, "--sums"), as_json = args_flag(args, "--json");

	TRY(args_need_word(args, "measurement file", &path, e));
	TRY(args_end(args, e));
	TRY(load_mapping(a, rules_folder, mapping_path, &mapping, e));
	sandbox_defaults(&options);
	TRY(sandbox_open(&options, &s, e));
	cli_note_sandbox(sandbox_active(s));
	enum err_code code = list_file(a, s, path, mapping, sums, as_json, e);
	sandbox_close(s);
	return code;
}

void cli_note_sandbox(struct sandbox_active active)
{
	if (active.landlock_abi == 0)
		(void)fprintf(stderr, "huren: this kernel has no landlock; the process that reads "
			"files is held by seccomp and limits alone\n");
}

enum err_code sandbox_check_command(struct args *args, struct arena *a, struct err *e)
{
	struct sandbox_options o;
	struct sandbox *s;
	bool as_json = args_flag(args, "--json");

	TRY(args_end(args, e));
	sandbox_defaults(&o);
	uint64_t from_us = instant_monotonic_us();
	TRY(sandbox_open(&o, &s, e));
	uint64_t open_us = instant_monotonic_us() - from_us;
	struct sandbox_active active = sandbox_active(s);
	sandbox_close(s);
	if (as_json) {
		struct json *v = json_new_object(a);
		json_set(a, v, "seccomp", json_new_bool(a, active.seccomp));
		json_set(a, v, "noNewPrivileges", json_new_bool(a, active.no_new_privs));
		json_set(a, v, "limits", json_new_bool(a, active.limits));
		json_set_number(a, v, "landlockAbi", active.landlock_abi);
		json_set_number(a, v, "memoryMb", (double)(o.memory_bytes >> 20));
		json_set_number(a, v, "outputMb", (double)(o.output_bytes >> 20));
		json_set_number(a, v, "computingS", o.cpu_s);
		json_set_number(a, v, "wallMs", o.wall_ms);
		json_set_number(a, v, "openUs", (double)open_us);
		return cli_print_json(v, e);
	}
	(void)printf("seccomp            %s\n", active.seccomp ? "active" : "NOT ACTIVE");
	(void)printf("no new privileges  %s\n", active.no_new_privs ? "active" : "NOT ACTIVE");
	if (active.landlock_abi > 0)
		(void)printf("landlock           active, ABI %u: no path at all\n",
			active.landlock_abi);
	else
		(void)printf("landlock           NOT THERE: this kernel has none\n");
	(void)printf("limits             %s: memory %llu MB, output %llu MB, computing %u s and "
		"%u ms in all for one file\n", active.limits ? "active" : "NOT ACTIVE",
		(unsigned long long)(o.memory_bytes >> 20),
		(unsigned long long)(o.output_bytes >> 20), o.cpu_s, o.wall_ms);
	(void)printf("opened in          %llu us\n", (unsigned long long)open_us);
	return ERR_OK;
}
