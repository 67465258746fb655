/* scan.c - see scan.h. */
#include "service/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/instant.h"

/* -1, with errno, when it cannot be started. */
static pid_t start(char *const *words)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
	char *const environment[] = { path, locale, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	pid_t pid = -1;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	CHECK(posix_spawn_file_actions_init(&actions) == 0);
	CHECK(posix_spawnattr_init(&attributes) == 0);
	CHECK(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0);
	CHECK(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0);
	CHECK(posix_spawn_file_actions_adddup2(&actions, 1, 2) == 0);
	CHECK(posix_spawn_file_actions_addclosefrom_np(&actions, 3) == 0);
	CHECK(posix_spawnattr_setsigmask(&attributes, &none) == 0);
	CHECK(posix_spawnattr_setsigdefault(&attributes, &all) == 0);
	CHECK(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0);
	errno = posix_spawn(&pid, words[0], &actions, &attributes, words, environment);
	if (errno != 0)
		pid = -1;
	(void)posix_spawn_file_actions_destroy(&actions); /* they hold nothing but memory */
	(void)posix_spawnattr_destroy(&attributes); /* as above */
	return pid;
}

/* Waits for its end, the time or a stop; then nothing of its group is left. */
static bool await(pid_t pid, uint32_t limit_s, const atomic_bool *stop, bool *ret_stopped,
	int *ret_status)
{
	uint64_t end_us = instant_monotonic_us() + (uint64_t)limit_s * 1000000;
	bool in_time = child_await(pid, end_us, stop);

	*ret_stopped = !in_time && atomic_load(stop);
	(void)kill(-pid, SIGKILL); /* its group may be gone already */
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		continue;
	return in_time;
}

enum scan_verdict scan_run(const struct node_files *files, char *path, const atomic_bool *stop,
	bool *ret_stopped, char ret_detail[SCAN_DETAIL_BYTES])
{
	char *words[LIMIT_SCAN_WORDS + 2];
	int status = -1; /* neither an exit nor a signal, should it never be told */
	pid_t pid;

	CHECK(files->scan_count > 0);
	CHECK(files->scan_count <= LIMIT_SCAN_WORDS);
	memcpy(words, files->scan, files->scan_count * sizeof(words[0]));
	words[files->scan_count] = path;
	words[files->scan_count + 1] = NULL;
	*ret_stopped = false;
	pid = start(words);
	if (pid < 0) {
		(void)snprintf(ret_detail, SCAN_DETAIL_BYTES, "not started: %s", err_errno());
		return SCAN_NOT_SCANNED;
	}
	if (!await(pid, files->scan_s, stop, ret_stopped, &status)) {
		(void)snprintf(ret_detail, SCAN_DETAIL_BYTES, "not ended within %u s",
			files->scan_s);
		return SCAN_NOT_SCANNED;
	}
	if (!WIFEXITED(status)) {
		(void)snprintf(ret_detail, SCAN_DETAIL_BYTES, "ended by signal %d",
			WTERMSIG(status));
		return SCAN_NOT_SCANNED;
	}
	(void)snprintf(ret_detail, SCAN_DETAIL_BYTES, "%sexit status %d", WEXITSTATUS(status) ==
		CHILD_NOT_STARTED ? "not started: " : "", WEXITSTATUS(status));
	return WEXITSTATUS(status) == 0 ? SCAN_CLEAN :
		WEXITSTATUS(status) == 1 ? SCAN_INFECTED : SCAN_NOT_SCANNED;
}
