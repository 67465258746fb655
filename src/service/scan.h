/* scan.h - a program of the operator's that looks at a received file.
 *
 * Is:      started without a shell, with the file's path as its last word, no descriptor but empty
 *          input and output, a bare environment, a process group of its own and a time limit.
 * Is not:  confined: it runs as the node does, as the operator wants it.
 * Answer:  exit status 0 clean, 1 infected; anything else, a signal or the time: not scanned.
 */
#ifndef HUREN_SERVICE_SCAN_H
#define HUREN_SERVICE_SCAN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "service/service.h"

enum scan_verdict { SCAN_CLEAN, SCAN_INFECTED, SCAN_NOT_SCANNED };

#define SCAN_DETAIL_BYTES 96

/* `stop` set ends it early: *ret_stopped, and the verdict means nothing. `ret_detail` says how it
 * ended. */
enum scan_verdict scan_run(const struct node_files *files, char *path, const atomic_bool *stop,
	bool *ret_stopped, char ret_detail[SCAN_DETAIL_BYTES]);

#endif
