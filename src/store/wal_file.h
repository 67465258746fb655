/* wal_file.h - an SQLite VFS that writes the WAL in large pieces.
 *
 * SQLite writes each page of a commit in two calls, a frame's header of 24 bytes and the page, and
 * no frame begins where a page of the file system does. A report fills nine frames. Here what is
 * written one after the other is gathered, and goes out before anything else happens to the file.
 * I1  Before a sync of the WAL returns, all that was written is in the file. With synchronous=FULL
 *     SQLite syncs at each commit, before other connections may look at its frames; a connection
 *     that writes with less must not use this VFS.
 */
#ifndef HUREN_STORE_WAL_FILE_H
#define HUREN_STORE_WAL_FILE_H

/* Name for sqlite3_open_v2. CHECKs that it could be registered; any thread, any number of times. */
const char *wal_file_vfs(void);

#endif
