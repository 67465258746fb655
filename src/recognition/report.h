/* report.h - a typed view of an inspection report's subject.
 *
 * Is:      the ConformityAttestation (UNTP 0.6.0) with our inspectionReport and itemResult
 *          (doc/formats/report.md): every field needed, the sixteen of ISO/IEC 17025 7.8.2.1, the
 *          configuration fingerprint recomputed and compared, numbers that contradict the verdict
 *          refused. Pure; borrows from the JSON given.
 * Is not:  signatures, accreditation, status: those are credential/ and decide.h; the making of a
 *          subject from a draft (report_draft.h).
 */
#ifndef HUREN_RECOGNITION_REPORT_H
#define HUREN_RECOGNITION_REPORT_H

#include "credential/statement.h"
#include "criteria/verdict.h"
#include "recognition/scheme.h"

/* One named part of the configuration: a hardware component or the software. */
struct component {
	struct str name;           /* "lidar", "software" */
	struct digest digest;      /* SHA-256 of the RFC 8785 form of its value */
};
struct configuration {
	struct str fingerprint;    /* "u" + base64url(SHA-256(JCS({hardware,software}))) */
	bool known;                /* components were given, not the fingerprint alone */
	uint32_t component_count;  /* sorted by name */
	const struct component *components;
};

struct report_measurement {
	struct str name, value, unit, limit,
		margin; /* decimals as text; limit and margin may be empty */
};
struct report_item {
	struct str item, scheme, edition;              /* scheme defaults to the report's */
	struct str scenario, clause;
	struct str standard, standard_edition;         /* "GB/T 41798", "2022" */
	enum standard_level level;
	uint32_t run_count;                            /* runs that are not invalid */
	uint32_t pass_count;
	enum verdict verdict;
	int32_t tested_on;                             /* day in China */
	uint32_t measurement_count;
	const struct report_measurement *measurements;
	bool evaluated;                                /* it binds an evaluation: in `doc` */
	const struct json *doc;                        /* the itemResult */
};
/* Operational design domain: words of rules/clauses.json "elements", and the highest speed. */
struct odd {
	uint32_t element_count;
	const struct str *elements;                    /* sorted */
	int64_t max_speed_mm_h;                        /* km/h * 1e6, exact; 0 = not given */
};
struct report {
	struct str number, title;
	struct str lab;                                /* DID of the issuer named in the report */
	struct str applicant;                          /* DID: issuedToParty.id */
	struct str scheme, edition;
	struct str category, model;
	uint32_t vin_count;
	const struct str *vins;
	struct configuration configuration;
	struct odd odd;
	int32_t issued_on;                             /* day in China */
	uint32_t item_count;
	const struct report_item *items;               /* sorted by scheme, item, edition */
	const struct json *doc;                        /* the inspectionReport */
};

/* ERR_INVALID names the member ("assessment 3: ..."); ERR_TOO_LARGE arena or LIMIT_REPORT_ITEMS. */
MUST_USE enum err_code report_parse(struct arena *a, const struct json *subject, struct report *ret,
	struct err *e);
/* Fingerprint text of a {hardware, software} pair. at == NULL at the arena's cap. */
struct str configuration_fingerprint(struct arena *a, const struct json *hardware,
	const struct json *software);
/* {"fingerprint"?, "hardware"?, "software"?}: given parts are checked against each other. */
MUST_USE enum err_code configuration_parse(struct arena *a, const struct json *v,
	struct configuration *ret, struct err *e);

#define REPORT_VINS_MAX 1000       /* a fleet of one configuration */
/* Sorted VINs of 17 capitals and digits; 1 to REPORT_VINS_MAX. ERR_INVALID. */
MUST_USE enum err_code vins_parse(struct arena *a, const struct json *v, const struct str **ret,
	uint32_t *ret_count, struct err *e);
/* `max_speed` may be NULL. ERR_INVALID. */
MUST_USE enum err_code odd_parse(struct arena *a, const struct json *elements,
	const struct json *max_speed, struct odd *ret, struct err *e);

#endif
