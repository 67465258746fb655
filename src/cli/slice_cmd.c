/* slice_cmd.c - `huren slice`: commit to a measurement, show a part of it, check a part. */
#include <string.h>

#include "base/decimal.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "cli/cli.h"
#include "credential/slice.h"
#include "crypto/key.h"
#include "evidence/sandbox.h"
#include "service/evaluate.h"
#include "service/rules_folder.h"

#define BLOCK_NS_DEFAULT 1000000000u
#define CHANNELS_MAX LIMIT_MAPPING_SIGNALS
#define REPORT_BYTES_MAX LIMIT_BUNDLE_BYTES

/* "10s", "250ms", "1.5s" as nanoseconds. */
static enum err_code parse_time(const char *option, const char *text, int64_t *ret, struct err *e)
{
	struct str s = str_of(text);
	int64_t micro = 0, ns = 0;
	bool milli = str_ends(s, "ms");
	if (!str_ends(s, "s"))
		return err_set(e, ERR_INVALID, "option %s: \"%s\" has no unit: s or ms", option,
			text);
	s.len -= milli ? 2 : 1;
	if (decimal_micro(s, &micro, NULL) != ERR_OK ||
		__builtin_mul_overflow(micro, milli ? 1 : 1000, &ns))
		return err_set(e, ERR_INVALID, "option %s: \"%s\" is no time", option, text);
	*ret = ns;
	return ERR_OK;
}

/* ---- the measurement ------------------------------------------------------------------------- */

struct measurement {
	struct sandbox *sandbox;
	struct slice_table table;
	uint8_t seed[SLICE_SEED_BYTES];
};

static enum err_code read_seed(const char *path, bool make, uint8_t ret[SLICE_SEED_BYTES],
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct str bytes;
	arena_init(&a, 65536);
	if (make && !io_exists(path)) {
		key_random(ret, SLICE_SEED_BYTES);
		return io_write_durable(path, (struct str){ (const char *)ret, SLICE_SEED_BYTES },
			0600, e);
	}
	TRY(io_read_file(&a, path, 4096, &bytes, e));
	if (bytes.len != SLICE_SEED_BYTES)
		return err_set(e, ERR_INVALID, "seed \"%s\" has %zu bytes instead of %d", path,
			bytes.len, SLICE_SEED_BYTES);
	memcpy(ret, bytes.at, SLICE_SEED_BYTES);
	return ERR_OK;
}

/* The channels in the order of the mapping's signals; a signal the file lacks has no samples. */
static enum err_code take_channels(struct arena *a, const struct mapping *m,
	const struct channel_table *t, struct slice_table *ret, struct err *e)
{
	struct slice_channel *list = ARENA_ARRAY(a, struct slice_channel, m->signal_count);
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "measurement needs too much memory");
	for (uint32_t i = 0; i < m->signal_count && i < t->channel_count; i++) {
		const struct channel *c = &t->channels[i];
		list[i].name = m->signals[i].signal;
		list[i].unit = m->signals[i].unit.at ? m->signals[i].unit : STR("");
		if (c->axis >= t->axis_count)
			continue;
		list[i].count = t->axes[c->axis].count;
		list[i].times = t->axes[c->axis].times;
		list[i].values = c->values;
		list[i].label_count = c->kind == CHANNEL_TEXT ? c->label_count : 0;
		list[i].labels = c->labels;
	}
	ret->channel_count = m->signal_count;
	ret->channels = list;
	return ERR_OK;
}

static enum err_code collect(struct arena *a, const char *path, const char *mapping_path,
	const char *rules_path, struct measurement *m, struct err *e)
{
	struct sandbox_options options;
	struct sandbox_file file;
	struct channel_table table;
	struct mapping *mapping;
	struct rules *rules;
	TRY(rules_folder_load(rules_path, &rules, e));
	enum err_code code = evaluate_load_mapping(a, rules, mapping_path, &mapping, e);
	rules_close(rules);
	if (code != ERR_OK)
		return code;
	sandbox_defaults(&options);
	TRY(sandbox_open(&options, &m->sandbox, e));
	TRY(sandbox_file_open(path, &file, e));
	code = sandbox_collect_file(m->sandbox, a, &file, mapping, &table, e);
	if (code == ERR_OK)
		code = sandbox_file_digest(&file, &m->table.file, e);
	sandbox_file_close(&file);
	if (code != ERR_OK)
		return code;
	m->table.mapping = mapping->digest;
	return take_channels(a, mapping, &table, &m->table, e);
}

static enum err_code take_measurement(struct args *args, struct arena *a, bool make_seed,
	struct measurement *m, struct err *e)
{
	const char *mapping, *seed, *path, *block = args_value(args, "--block");
	const char *rules = cli_rules_folder(args);
	int64_t block_ns = BLOCK_NS_DEFAULT;
	TRY(args_need(args, "--mapping", &mapping, e));
	TRY(args_need(args, "--seed", &seed, e));
	if (block)
		TRY(parse_time("--block", block, &block_ns, e));
	TRY(args_need_word(args, "measurement file", &path, e));
	TRY(args_end(args, e));
	TRY(collect(a, path, mapping, rules, m, e));
	m->table.block_ns = block_ns > 0 ? (uint64_t)block_ns : 0;
	return read_seed(seed, make_seed, m->seed, e);
}

static enum err_code put(struct arena *a, const struct json *v, const char *out, struct err *e)
{
	struct str text;
	TRY(json_jcs(a, v, &text, e));
	return cli_write(out, text, 0644, e);
}

/* ---- commit and make ------------------------------------------------------------------------- */

static enum err_code commit(struct args *args, struct arena *a, struct measurement *m,
	struct err *e)
{
	const char *out = args_value(args, "--out");
	struct json *v = json_new_object(a);
	struct slice_commitment c;
	TRY(take_measurement(args, a, /* make_seed= */ true, m, e));
	TRY(slice_commit(a, &m->table, m->seed, &c, e));
	v = json_set_text(a, v, "kind", "slice-commitment");
	v = json_set_str(a, v, "file", base64url_new(a, m->table.file.at, DIGEST_BYTES));
	v = json_set(a, v, "slices", slice_commitment_json(a, &c));
	return put(a, v, out, e);
}

static enum err_code take_names(const struct slice_table *t, struct str names,
	uint32_t ret[CHANNELS_MAX], uint32_t *ret_count, struct err *e)
{
	while (names.len > 0) {
		struct str name = str_trim(str_cut(&names, ','));
		uint32_t i = 0;
		while (i < t->channel_count && !str_eq(t->channels[i].name, name))
			i++;
		if (i == t->channel_count)
			return err_set(e, ERR_INVALID, "the mapping has no signal \"" STR_FMT "\"",
				STR_ARG(name));
		if (*ret_count == CHANNELS_MAX)
			return err_set(e, ERR_TOO_LARGE, "over %d signals", CHANNELS_MAX);
		ret[(*ret_count)++] = i;
	}
	return ERR_OK;
}

static enum err_code make(struct args *args, struct arena *a, struct measurement *m, struct err *e)
{
	const char *names, *from, *to, *out = args_value(args, "--out");
	uint32_t channels[CHANNELS_MAX];
	struct slice_wish wish = { .channels = channels };
	struct json *v;
	TRY(args_need(args, "--channels", &names, e));
	TRY(args_need(args, "--from", &from, e));
	TRY(args_need(args, "--to", &to, e));
	TRY(parse_time("--from", from, &wish.from_ns, e));
	TRY(parse_time("--to", to, &wish.to_ns, e));
	TRY(take_measurement(args, a, /* make_seed= */ false, m, e));
	TRY(take_names(&m->table, str_of(names), channels, &wish.channel_count, e));
	TRY(slice_make(a, &m->table, m->seed, &wish, &v, e));
	return put(a, v, out, e);
}

/* ---- check ----------------------------------------------------------------------------------- */

static void print_parts(const struct slice_found *found)
{
	double block = (double)found->commitment.block_ns / 1e9;
	double begin = (double)found->commitment.begin_ns / 1e9;
	for (uint32_t i = 0; i < found->part_count; i++) {
		const struct slice_part *p = &found->parts[i];
		double from = begin + (double)p->block * block;
		(void)printf("  " STR_FMT " " STR_FMT "  %.3f s to %.3f s  %llu samples\n",
			STR_ARG(p->name), STR_ARG(p->unit), from, from + block,
			(unsigned long long)p->count);
	}
}

/* The report's subject in a statement, a submission or a bundle. */
static const struct json *subject_of(const struct json *v)
{
	const struct json *inner = json_get(v, "statement");
	if (str_is(json_get_str(v, "type"), "HurenBundle"))
		inner = json_path(v, "parts/0/statement");
	return json_get(inner ? inner : v, "credentialSubject");
}

static enum err_code check(struct args *args, struct arena *a, struct err *e)
{
	const char *path, *report;
	struct str text, report_text;
	struct json *v, *r;
	struct slice_found found;
	const struct json *entry;
	bool as_json = args_flag(args, "--json");
	TRY(args_need(args, "--report", &report, e));
	TRY(args_need_word(args, "slice", &path, e));
	TRY(args_end(args, e));
	TRY(cli_read(a, path, LIMIT_SLICE_BYTES, &text, e));
	TRY(cli_read(a, report, REPORT_BYTES_MAX, &report_text, e));
	TRY(json_parse(a, text, &v, e));
	TRY(json_parse(a, report_text, &r, e));
	if (!subject_of(r))
		return err_set(e, ERR_INVALID, "\"%s\" is no statement, submission or bundle",
			report);
	TRY(slice_check(a, v, &found, e));
	TRY(slice_find_evidence(subject_of(r), &found, &entry, e));
	if (as_json) {
		struct json *answer = json_new_object(a);
		answer = json_set_text(a, answer, "result", "proven");
		answer = json_set_str(a, answer, "file", json_get_str(entry, "name"));
		answer = json_set_number(a, answer, "parts", found.part_count);
		return cli_print_json(answer, e);
	}
	(void)printf("proven: part of \"" STR_FMT "\" as the report binds it\n",
		STR_ARG(json_get_str(entry, "name")));
	print_parts(&found);
	return ERR_OK;
}

static enum err_code with_measurement(struct args *args, struct arena *a,
	enum err_code (*run)(struct args *args, struct arena *a, struct measurement *m,
		struct err *e), struct err *e)
{
	struct measurement m = { 0 };
	enum err_code code = run(args, a, &m, e);
	sandbox_close(m.sandbox);
	explicit_bzero(m.seed, sizeof(m.seed));
	return code;
}

static enum err_code commit_command(struct args *args, struct arena *a, struct err *e)
{
	return with_measurement(args, a, commit, e);
}

static enum err_code make_command(struct args *args, struct arena *a, struct err *e)
{
	return with_measurement(args, a, make, e);
}

static const struct subcommand subcommands[] = {
	{ "commit", commit_command },
	{ "make", make_command },
	{ "check", check },
};

enum err_code slice_command(struct args *args, struct arena *a, struct err *e)
{
	return args_run(args, a, subcommands,
		sizeof(subcommands) / sizeof(subcommands[0]), e);
}
