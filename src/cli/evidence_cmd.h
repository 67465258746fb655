/* evidence_cmd.h - what `huren evidence` and `huren recompute` share. */
#ifndef HUREN_CLI_EVIDENCE_CMD_H
#define HUREN_CLI_EVIDENCE_CMD_H

#include "cli/client.h"

/* Asks the node for a report's files, fetching those of a peer, and waits until each is here or
 * cannot come, at most `wait_s`. The node's answer (service/evidence.h). */
MUST_USE enum err_code evidence_fetch(const struct client *c, struct arena *a, const char *uuid,
	unsigned wait_s, struct json **ret, struct err *e);
/* "held     run1.mf4  1234 bytes" for each file. */
void evidence_print_files(const struct json *answer);

#endif
