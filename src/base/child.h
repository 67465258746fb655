/* child.h - waiting for a process that this one started.
 *
 * Is:      a wait that ends with the process, at a time, or when somebody says stop.
 * Is not:  starting (posix_spawn, where the words and descriptors are known), reaping, part of
 *          libhuren-verify.
 */
#ifndef HUREN_BASE_CHILD_H
#define HUREN_BASE_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The exit status by which posix_spawn may tell, as POSIX has it, that the program is not there. */
#define CHILD_NOT_STARTED 127

/* True: it has ended, and is still to be reaped (waitpid). False: `end_us` of the monotonic clock
 * has come, or *stop was set (NULL: nobody stops it); the caller ends it. */
bool child_await(pid_t pid, uint64_t end_us, const atomic_bool *stop);

#endif
