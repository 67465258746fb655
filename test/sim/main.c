/* main.c - huren-sim SCENARIO: writes one sample run to a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "sim/sim.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)

static int usage(void)
{
	(void)fprintf(stderr, "huren-sim cut-in|car-to-car|signal-red --out FILE\n"
		"  --outcome pass|fail|inconclusive|invalid-run|not-applicable   (pass)\n"
		"  --format mdf|csv|osi   (mdf; osi of a cut-in only)\n"
		"  --run N                (1; differs in noise and jitter)\n"
		"Prints the criterion that decides, its margin and the instruments' error.\n");
	return 2;
}

/* Index of a word, or `count`. */
static unsigned find(const char *const *names, unsigned count, const char *word)
{
	unsigned i = 0;

	while (i < count && strcmp(names[i], word) != 0)
		i++;
	return i;
}

static bool put_file(const char *path, const struct buf *b)
{
	struct err e = { 0 };

	if (buf_check(b, "run", &e) == ERR_OK &&
		io_write_later(path, buf_str(b), 0644, &e) == ERR_OK)
		return true;
	(void)fprintf(stderr, "huren-sim: %s\n", e.message);
	return false;
}

static bool write_run(const struct sim_run *run, enum sim_format format, const char *path)
{
	SCOPED_BUF b;

	buf_init(&b, FILE_BYTES_MAX);
	switch (format) {
	case SIM_MDF:
		sim_put_mdf(&b, run);
		return put_file(path, &b);
	case SIM_CSV:
		sim_put_csv(&b, run);
		return put_file(path, &b);
	case SIM_OSI:
		if (sim_put_osi(&b, run))
			return put_file(path, &b);
		(void)fprintf(stderr, "huren-sim: a trace has no fields for this scenario\n");
		return false;
	case SIM_FORMAT_COUNT:
		break;
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct sim_run run;
	unsigned scenario = argc > 1 ? find(sim_scenario_names, SIM_SCENARIO_COUNT, argv[1])
		: SIM_SCENARIO_COUNT;
	unsigned outcome = SIM_PASS, format = SIM_MDF;
	uint64_t number = 1;
	const char *out = NULL;

	for (int i = 2; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--outcome") == 0)
			outcome = find(sim_outcome_names, SIM_OUTCOME_COUNT, argv[i + 1]);
		else if (strcmp(argv[i], "--format") == 0)
			format = find(sim_format_names, SIM_FORMAT_COUNT, argv[i + 1]);
		else if (strcmp(argv[i], "--run") == 0 &&
			str_parse_u64(str_of(argv[i + 1]), &number, NULL) != ERR_OK)
			return usage();
		else if (strcmp(argv[i], "--out") == 0)
			out = argv[i + 1];
	}
	if (argc % 2 != 0 || scenario == SIM_SCENARIO_COUNT || outcome == SIM_OUTCOME_COUNT ||
		format == SIM_FORMAT_COUNT || !out || number > 1000)
		return usage();
	if (!sim_make((enum sim_scenario)scenario, (enum sim_outcome)outcome, (uint32_t)number,
		&run)) {
		(void)fprintf(stderr, "huren-sim: \"%s\" has no run that is \"%s\"\n", argv[1],
			sim_outcome_names[outcome]);
		return EXIT_FAILURE;
	}
	if (!write_run(&run, (enum sim_format)format, out))
		return EXIT_FAILURE;
	(void)printf("%s %.3f %s +- %.3f\n", run.criterion, run.margin, run.margin_unit,
		run.margin_error);
	return EXIT_SUCCESS;
}
