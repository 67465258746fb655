/* material.h - gathers what a decision rests on: reports, accreditations, agreement, standings. */
#ifndef HUREN_SERVICE_MATERIAL_H
#define HUREN_SERVICE_MATERIAL_H

#include "recognition/decision.h"
#include "service/service.h"

/* From a recognition request, as of now. ERR_NOT_FOUND: a report without body here, no agreement;
 * ERR_INVALID: reports of more than one city, or of this city. */
MUST_USE enum err_code material_gather(struct service *s, struct arena *a,
	const struct json *request,
	int64_t now, struct decision_material *ret, struct err *e);
/* From the logged inputs of a decision, with the standings of then; every digest is compared.
 * `rules` is what to decide with. ERR_CORRUPT: a body differs from the digest logged. */
MUST_USE enum err_code material_from_inputs(struct service *s, struct arena *a,
	const struct decision_inputs *inputs, const struct rules *rules,
		struct decision_material *ret,
	struct err *e);
/* The same inputs, judged today: time, standings and rules as of now. */
void material_set_today(struct service *s, struct arena *a, const struct rules *rules, int64_t now,
	struct decision_material *m);
/* Standing of a statement as of now. */
enum standing material_standing(struct service *s, struct arena *a, const struct statement *st);

#endif
