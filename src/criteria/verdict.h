/* verdict.h - the five outcomes of a criterion, a run or an item.
 *
 * Is:      one enum and its stable words; no two are ever taken for each other.
 * Is not:  a decision of recognition (recognition/decide.h).
 */
#ifndef HUREN_CRITERIA_VERDICT_H
#define HUREN_CRITERIA_VERDICT_H

enum verdict {
	VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_INVALID_RUN,
	VERDICT_NOT_APPLICABLE, VERDICT_COUNT
};
const char *verdict_name(enum verdict v); /* "pass", "fail", "inconclusive", "invalid-run", ... */

#endif
