/* keeper_inner.h - what keeper.c and backups.c share. */
#ifndef HUREN_SERVICE_KEEPER_INNER_H
#define HUREN_SERVICE_KEEPER_INNER_H

#include "service/keeper.h"
#include "service/service_inner.h"

#define KEEPER_RESULT_BYTES 16384      /* of a rehearsal: it names twenty problems at most */

struct keeper *keeper_new(struct service *s);
void keeper_drop(struct keeper *k);    /* accepts NULL */
/* The configured folder, empty without one. */
struct str keeper_dir(struct service *s);
/* Names of backups made here, newest first. */
size_t keeper_names(struct service *s, char (*ret)[KEEPER_NAME_BYTES], size_t max);
/* The result of the last rehearsal of a backup; false without one that can be read. */
bool keeper_rehearsal(const char *dir, const char *name, struct arena *a, struct json **ret);
/* True for a backup whose list names another node's log. */
bool keeper_is_foreign(struct service *s, const char *name);

#endif
