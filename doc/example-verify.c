/* example-verify.c - checks a bundle with libhuren-verify:
 *
 *     cc example-verify.c $(pkg-config --cflags --libs huren-verify) -o example-verify
 *     ./example-verify REPORT.bundle TRUST.policy [SECONDS-SINCE-1970]
 *
 * Exit status: 0 good, 1 genuine but withdrawn, 2 anything else.
 */
#include <huren/verify.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static char bundle[1048577], policy[131073]; /* the largest that the library takes, and one more */

static size_t read_file(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t len = file ? fread(ret, 1, size, file) : 0;

	if (file)
		(void)fclose(file); /* it was only read */
	return len;
}

int main(int argc, char **argv)
{
	static const char *const verdicts[] = { "good", "genuine, but withdrawn or suspended",
		"NOT GOOD", "not a bundle", "not a trust policy", "no memory" };
	static const char *const states[] = { "held", "FAILED", "unknown" };
	intmax_t now = (intmax_t)time(NULL);
	struct huren_result *r;
	enum huren_verdict verdict;

	if (argc < 3 || (argc > 3 && sscanf(argv[3], "%jd", &now) != 1)) {
		(void)fprintf(stderr, "usage: %s BUNDLE POLICY [SECONDS]\n", argv[0]);
		return 2;
	}
	r = huren_verify_bundle(bundle, read_file(argv[1], bundle, sizeof(bundle)), policy,
		read_file(argv[2], policy, sizeof(policy)), (int64_t)now);
	verdict = huren_result_verdict(r);
	for (size_t i = 0; i < huren_result_step_count(r); i++)
		(void)printf("%-13s %-7s %s\n", huren_result_step(r, i),
			states[huren_result_step_state(r, i)], huren_result_step_detail(r, i));
	(void)printf("%s of %s: %s%s\n", huren_result_kind(r), huren_result_issuer(r),
		verdicts[verdict], huren_result_message(r));
	huren_result_close(r);
	huren_thread_close();
	return verdict == HUREN_GOOD ? 0 : verdict == HUREN_WITHDRAWN ? 1 : 2;
}
