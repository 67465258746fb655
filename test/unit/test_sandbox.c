/* test_sandbox.c - a worker does its worst; the caller lives, names file and cause, goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "evidence/sandbox.h"
#include "evidence/sandbox_policy.h"

#define CAP ((size_t)1 << 22)

static char folder[] = "/tmp/huren-sandbox-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	(void)unlink(path); /* it may not be there */
	return rmdir(folder);
}

static const char *file_of(const char *content)
{
	static char path[128];
	struct err e = { 0 };

	(void)snprintf(path, sizeof(path), "%s/file", folder);
	if (io_write_durable(path, str_of(content), 0644, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return path;
}

static struct sandbox *open_hostile(uint64_t memory_mb, uint32_t cpu_s, uint32_t wall_ms)
{
	struct sandbox_options o;
	struct sandbox *s = NULL;
	struct err e = { 0 };

	sandbox_defaults(&o);
	o.program = getenv("HUREN_HOSTILE");
	assert_non_null(o.program);
	o.memory_bytes = memory_mb << 20;
	o.output_bytes = (uint64_t)64 << 20;
	o.cpu_s = cpu_s;
	o.wall_ms = wall_ms;
	if (sandbox_open(&o, &s, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return s;
}

/* The file's deed is refused with a message that holds `cause` and the file's name; the next file
 * of the same handle is read. */
static void expect(struct sandbox *s, const char *deed, const char *cause)
{
	SCOPED_ARENA a;
	struct evidence_listing l;
	struct err e = { 0 };

	arena_init(&a, CAP);
	assert_int_equal(sandbox_list(s, &a, file_of(deed), NULL, &l, &e), ERR_INVALID);
	if (!strstr(e.message, cause) || !strstr(e.message, "file \"file\""))
		fail_msg("%s", e.message);
	if (sandbox_list(s, &a, file_of("good"), NULL, &l, &e) != ERR_OK)
		fail_msg("after \"%s\": %s", deed, e.message);
	assert_true(str_is(l.format, "hostile"));
}

static void expect_once(const char *deed, const char *cause)
{
	struct sandbox *s = open_hostile(256, 600, 60000);

	expect(s, deed, cause);
	sandbox_close(s);
}

static void sandbox_reads_file_after_file(void **state)
{
	struct sandbox *s = open_hostile(256, 600, 60000);

	(void)state;
	for (int i = 0; i < 50; i++) {
		SCOPED_ARENA a;
		struct evidence_listing l;
		struct err e = { 0 };
		arena_init(&a, CAP);
		if (sandbox_list(s, &a, file_of(i % 2 ? "" : "good"), NULL, &l, &e) != ERR_OK)
			fail_msg("%s", e.message);
	}
	sandbox_close(s);
}

static void sandbox_is_confined_as_it_says(void **state)
{
	struct sandbox *s = open_hostile(256, 600, 60000);
	struct sandbox_active active = sandbox_active(s);

	(void)state;
	assert_true(active.seccomp && active.no_new_privs && active.limits);
	sandbox_close(s);
}

static void limit_sandbox_wall_ms(void **state)
{
	struct sandbox *s = open_hostile(256, 600, 300);
	uint64_t from_us = instant_monotonic_us();

	(void)state;
	expect(s, "hang", "time: over 300 ms");
	assert_true(instant_monotonic_us() - from_us < 30000000);
	sandbox_close(s);
}

static void limit_sandbox_cpu_s(void **state)
{
	struct sandbox *s = open_hostile(256, 1, 60000);

	(void)state;
	expect(s, "hang", "time: over 1 s of computing");
	sandbox_close(s);
}

static void limit_sandbox_memory_mb(void **state)
{
	SCOPED_ARENA a;
	struct evidence_listing l;
	struct err e = { 0 };
	struct sandbox *s = open_hostile(64, 600, 60000);

	(void)state;
	arena_init(&a, CAP);
	/* A sound reader is told that there is no memory and says so. */
	assert_int_equal(sandbox_list(s, &a, file_of("arena"), NULL, &l, &e), ERR_TOO_LARGE);
	assert_non_null(strstr(e.message, "file \"file\": its content needs too much memory"));
	/* A careless one takes it all and falls. */
#if !defined(__SANITIZE_ADDRESS__)
	expect(s, "memory", "memory: over 64 MB");
#endif
	sandbox_close(s);
}

static void limit_sandbox_output_mb(void **state)
{
	(void)state;
	expect_once("output", "output: over 64 MB");
}

static void sandbox_survives_a_signal(void **state)
{
	(void)state;
#if !defined(__SANITIZE_ADDRESS__)
	expect_once("jump", "signal 11");
	expect_once("crash", "signal 11");
	expect_once("stack", "signal 11");
#endif
	expect_once("end", "exit status 0");
}

static void sandbox_refuses_files(void **state)
{
	(void)state;
	expect_once("open", "refused system call openat");
}

static void sandbox_refuses_the_network(void **state)
{
	(void)state;
	expect_once("socket", "refused system call socket");
}

static void sandbox_refuses_programs_and_processes(void **state)
{
	(void)state;
	expect_once("exec", "refused system call execve");
	expect_once("fork", "refused system call clone");
	expect_once("ptrace", "refused system call");
	expect_once("kill", "refused system call");
}

static void sandbox_refuses_code_and_other_descriptors(void **state)
{
	(void)state;
	expect_once("code", "refused system call mmap");
	expect_once("read", "refused system call read");
	expect_once("write", "refused system call write");
}

static void sandbox_shows_no_control_characters(void **state)
{
	SCOPED_ARENA a;
	struct evidence_listing l;
	struct err e = { 0 };
	struct sandbox *s = open_hostile(256, 600, 60000);

	(void)state;
	arena_init(&a, CAP);
	/* Only codes that a reader has; the words are made harmless. */
	assert_int_equal(sandbox_list(s, &a, file_of("say"), NULL, &l, &e), ERR_INVALID);
	assert_string_equal(e.message, "file \"file\": line one  [2J ?");
	sandbox_close(s);
}

static void sandbox_opens_regular_files_only(void **state)
{
	struct sandbox_file f;
	char path[128];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sandbox_file_open("/nowhere/file", &f, &e), ERR_NOT_FOUND);
	assert_int_equal(sandbox_file_open(folder, &f, &e), ERR_INVALID);
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	(void)unlink(path); /* it may not be there */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(sandbox_file_open(path, &f, &e), ERR_INVALID);
	assert_int_equal(unlink(path), 0);
}

static void limit_evidence_file_gb(void **state)
{
	struct sandbox_file f;
	struct err e = { 0 };
	const char *path = file_of("x");

	(void)state;
	if (truncate(path, ((off_t)LIMIT_EVIDENCE_FILE_GB << 30) + 1) != 0)
		skip(); /* this file system has no such files */
	assert_int_equal(sandbox_file_open(path, &f, &e), ERR_TOO_LARGE);
	assert_int_equal(unlink(path), 0);
}

static void sandbox_digests_the_file_it_opened(void **state)
{
	struct sandbox_file f;
	struct digest d, want = digest_sha256(STR("abc"));
	struct err e = { 0 };
	const char *path = file_of("abc");

	(void)state;
	assert_int_equal(sandbox_file_open(path, &f, &e), ERR_OK);
	assert_int_equal(sandbox_file_digest(&f, &d, &e), ERR_OK);
	assert_true(digest_eq(&d, &want));
	assert_int_equal(truncate(path, 2), 0);
	assert_int_equal(sandbox_file_digest(&f, &d, &e), ERR_CONFLICT);
	sandbox_file_close(&f);
}

/* A program that does not know the word "sandbox-worker" must not start itself for ever. */
static void sandbox_starts_no_worker_in_a_worker(void **state)
{
	struct sandbox_options o;
	struct sandbox *s = NULL;
	struct err e = { 0 };

	(void)state;
	sandbox_defaults(&o);
	o.program = "/bin/true";
	assert_int_equal(setenv("HUREN_SANDBOX_WORKER", "1", 1), 0);
	assert_int_equal(sandbox_open(&o, &s, &e), ERR_INTERNAL);
	assert_int_equal(unsetenv("HUREN_SANDBOX_WORKER"), 0);
}

static void sandbox_says_when_it_cannot_start(void **state)
{
	struct sandbox_options o;
	struct sandbox *s = NULL;
	struct err e = { 0 };

	(void)state;
	sandbox_defaults(&o);
	o.program = "/nowhere/worker";
	assert_int_equal(sandbox_open(&o, &s, &e), ERR_IO);
	assert_non_null(strstr(e.message, "could not start the sandbox"));
	o.program = "/bin/true";
	assert_int_equal(sandbox_open(&o, &s, &e), ERR_IO);
	assert_non_null(strstr(e.message, "exit status 0"));
	assert_null(s);
	sandbox_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sandbox_reads_file_after_file),
		cmocka_unit_test(sandbox_is_confined_as_it_says),
		cmocka_unit_test(limit_sandbox_wall_ms),
		cmocka_unit_test(limit_sandbox_cpu_s),
		cmocka_unit_test(limit_sandbox_memory_mb),
		cmocka_unit_test(limit_sandbox_output_mb),
		cmocka_unit_test(sandbox_survives_a_signal),
		cmocka_unit_test(sandbox_refuses_files),
		cmocka_unit_test(sandbox_refuses_the_network),
		cmocka_unit_test(sandbox_refuses_programs_and_processes),
		cmocka_unit_test(sandbox_refuses_code_and_other_descriptors),
		cmocka_unit_test(sandbox_shows_no_control_characters),
		cmocka_unit_test(sandbox_opens_regular_files_only),
		cmocka_unit_test(limit_evidence_file_gb),
		cmocka_unit_test(sandbox_digests_the_file_it_opened),
		cmocka_unit_test(sandbox_starts_no_worker_in_a_worker),
		cmocka_unit_test(sandbox_says_when_it_cannot_start),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
