/* dossier_inner.h - what the files about requests of people share. */
#ifndef HUREN_SERVICE_DOSSIER_INNER_H
#define HUREN_SERVICE_DOSSIER_INNER_H

#include "recognition/clock.h"
#include "service/account_inner.h"
#include "service/dossier.h"
#include "service/model.h"
#include "service/notice.h"

#define AUTHORITY 1                /* account_organisation of the node itself */
#define NO_DUE 1000000000          /* of clock_due while no clock runs */

/* A row of table dossier. Texts in the arena. */
struct dossier {
	int64_t id, organisation, account;
	struct str number, title, text, state, detail;
	int64_t created, changed;
	struct str clock_id;
	struct clock clock;
	int64_t due, reminded;             /* due: as kept */
	struct str asked;
	int64_t prepared_by, prepared_at;
	bool prepared;
	struct digest digest;
	struct str answer, reply;  /* to an objection: "kept" or "anew", and why */
	bool decided, replaced;
	uint8_t decision[16], before[16];
	struct str organisation_name, prepared_name;
};
/* ERR_NOT_FOUND. Any connection. */
MUST_USE enum err_code dossier_load(struct store *store, struct arena *a, int64_t id,
	struct dossier *ret, struct err *e);
/* The same when `by` may see it; else as if there were none, and a line of the trail. */
MUST_USE enum err_code dossier_find(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct dossier *ret, struct err *e);
/* That answer. */
MUST_USE enum err_code dossier_of_another(struct service *s, struct arena *a,
	const struct account_who *by, const struct dossier *d, struct err *e);
struct dossier_draft { unsigned step; struct str text; };
/* A draft of the own organisation; else as if there were none, and a line. Any connection. */
MUST_USE enum err_code dossier_draft_find(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, int64_t id, struct dossier_draft *ret, struct err *e);
bool dossier_state_in(const struct dossier *d, const char *words);   /* " examining prepared " */
/* The recognition request with its documents, as it is decided on. */
MUST_USE enum err_code dossier_request(struct store *store, struct arena *a,
	const struct dossier *d, struct json **ret, struct err *e);
/* What would be decided now: the subject, and the digest of it without its time. */
MUST_USE enum err_code dossier_subject(struct service *s, struct arena *a,
	const struct dossier *d, struct json **ret, struct digest *ret_digest, struct err *e);

/* Page of a draft's documents, by which its files know it. */
struct str dossier_draft_path(struct arena *a, int64_t draft);

/* What is prepared, the answer with it, as one word; at == NULL at the arena's cap. */
struct str dossier_shown(struct arena *a, const struct dossier *d);

/* One change of a request, in one job of the writer. Members that are empty change nothing. */
struct dossier_change {
	struct service *s;
	const struct account_who *by;      /* NULL: the node itself */
	int64_t id, now;
	const char *from;                  /* states it may be in: " examining objected " */
	const char *to;                    /* new state */
	struct str detail;
	const char *event;                 /* what happened, and what was said with it */
	struct str text;
	bool inner;
	const char *action;                /* line of the trail */
	bool approve;                      /* D1, D3: what has the word `shown` */
	struct str shown;
	enum { CLOCK_KEEP, CLOCK_BEGIN, CLOCK_HALT, CLOCK_RESUME, CLOCK_END } clock;
	const char *clock_id;              /* CLOCK_BEGIN */
	struct str asked;                  /* at != NULL: sets it */
	bool answers;                      /* only when the company gave something since asked */
	bool prepare;                      /* by `by`, with `digest` and `answer` */
	struct digest digest;
	struct str answer;
	const uint8_t *decision;           /* id of the decision to be issued */
	bool undo_decision;                /* that id was not issued */
	bool before_done;
	const char *tell_company, *tell_officers, *tell_approvers;   /* words of notices */
	const char *tell_preparer;
	char number[32];                   /* out, as far as it got */
};
/* ERR_CONFLICT: it is in another state by now, or something else is prepared; ERR_DENIED: D1;
 * ERR_INVALID: nothing was given. */
MUST_USE enum err_code dossier_change(struct dossier_change *c, struct err *e);
/* The same inside a job of the writer; c->now is set by the caller. */
MUST_USE enum err_code dossier_write(struct store *store, struct dossier_change *c, struct err *e);
/* A line for something refused. */
void dossier_note(struct service *s, const struct account_who *by, const char *action,
	struct str target, struct str why);
/* 1 to LIMIT_REQUEST_TEXT_BYTES of text with lines. ERR_INVALID. */
MUST_USE enum err_code dossier_text_check(struct str text, struct err *e);

/* Day in China of a time; the model of a clock, NULL never. */
struct json *dossier_clock_model(struct service *s, struct arena *a, const struct dossier *d,
	int64_t now);
/* A row of a list. */
struct json *dossier_row(struct service *s, struct arena *a, const struct dossier *d, int64_t now);
/* A page of rows from a statement of "id, clock_due", bound; where the next begins, if there is
 * one. */
struct dossier_page {
	struct json *rows;
	bool more;
	int64_t id, due;                   /* of the last row */
};
MUST_USE enum err_code dossier_page(struct service *s, struct store *store, struct arena *a,
	struct sql *q, struct dossier_page *ret, struct err *e);
struct json *dossier_query_model(struct arena *a, const struct dossier_query *query);
/* A recognition request in words: applicant, reports, VINs, ODD. */
struct json *dossier_content(struct service *s, struct arena *a, const struct json *request);
/* "Title" of a word of the rules in both languages. */
struct json *dossier_word(struct service *s, struct arena *a, const char *list, struct str word);
/* Files of a request or draft, the newest of each document marked "current". */
MUST_USE enum err_code dossier_documents(struct service *s, struct store *store, struct arena *a,
	int64_t dossier, int64_t draft, struct json **ret, struct err *e);
/* A report's facts for its holder: {"id","number","title","fingerprint","model",...}; NULL when its
 * body is not here, or it is none, or at the arena's cap. */
struct json *dossier_report(struct service *s, struct arena *a, const uint8_t id_key[16]);
/* Search words: letters in lower case. at == NULL at the arena's cap. */
struct str dossier_fold(struct arena *a, struct str text);

/* Steps of the work thread (dossier_work.c). */
void dossier_work(struct service *s);
/* Reminders, and the order of the queue after the calendar changed. */
void dossier_clocks(struct service *s, int64_t now);

#endif
