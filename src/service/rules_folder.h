/* rules_folder.h - the folder rules/ read at start, and every version ever used kept by digest.
 *
 * A decision names its rules by digest; keeping the bytes lets any logged decision be replayed
 * after the files have changed.
 */
#ifndef HUREN_SERVICE_RULES_FOLDER_H
#define HUREN_SERVICE_RULES_FOLDER_H

#include "recognition/decision.h"
#include "service/service.h"

/* ERR_NOT_FOUND, ERR_INVALID with file, line and reason. Close with rules_close. */
MUST_USE enum err_code rules_folder_load(const char *dir, struct rules **ret, struct err *e);
/* Stores the bytes of every rules file not stored yet. */
MUST_USE enum err_code rules_folder_keep(struct service *s, struct err *e);
/* The rules a logged decision was made with, from the kept bytes. ERR_NOT_FOUND when one is not
 * kept here (a decision of the other city made with other rules). Close with rules_close. */
MUST_USE enum err_code rules_folder_as_logged(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, struct rules **ret, struct err *e);

#endif
