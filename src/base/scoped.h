/* scoped.h - handles that close themselves when their variable goes out of scope.
 *
 * For exactly these kinds: file descriptor, directory, arena, buf. (SQLite statements and
 * transactions have the same in store/.) Pass ownership on with fd_take.
 */
#ifndef HUREN_BASE_SCOPED_H
#define HUREN_BASE_SCOPED_H

#include <dirent.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"

static inline void scoped_fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing can be done about a failing close here */
	*fd = -1;
}

static inline void scoped_dir_close(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* as above */
	*dir = NULL;
}

static inline int fd_take(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define SCOPED_FD __attribute__((cleanup(scoped_fd_close))) int
#define SCOPED_DIR __attribute__((cleanup(scoped_dir_close))) DIR *
#define SCOPED_ARENA __attribute__((cleanup(arena_clear))) struct arena
#define SCOPED_BUF __attribute__((cleanup(buf_clear))) struct buf

#endif
