/* sql_requests.h - SQL of requests that accounts send (tables in sql/008-requests.sql). Include
 * store/store.h instead. */
#ifndef HUREN_STORE_SQL_REQUESTS_H
#define HUREN_STORE_SQL_REQUESTS_H

#define SQL_REQUESTS(X)                                                                         \
	X(DOSSIER_PUT,                                                                          \
		"INSERT INTO dossier (organisation, account, number, title, words,"             \
		" text, state, detail, created, changed, clock_id, clock_set,"                  \
		" clock_stopped, clock_from, clock_left, clock_due, reminded, asked,"           \
		" prepared_by, prepared_at, answer, reply) SELECT ?1, ?2,"                      \
		" strftime('%Y', ?5 + 28800, 'unixepoch') || '-' || printf('%04d',"             \
		" (SELECT ifnull(max(id), 0) + 1 FROM dossier)), ?3, '', ?4,"                   \
		" 'collecting', '', ?5, ?5, '', 0, 0, 0, 0, 1000000000, 0, '', 0, 0,"           \
		" '', ''")                                                                      \
	X(DOSSIER_WORDS,                                                                        \
		"UPDATE dossier SET words = ?2 || ' ' || number WHERE id = ?1")                 \
	X(DOSSIER_GET,                                                                          \
		"SELECT id, organisation, account, number, title, text, state,"                 \
		" detail, created, changed, clock_id, clock_set, clock_stopped,"                \
		" clock_from, clock_left, reminded, asked, prepared_by, prepared_at,"           \
		" prepared_digest, answer, decision_key, before_key, (SELECT name"              \
		" FROM account_organisation o WHERE o.id = organisation), (SELECT"              \
		" display FROM account p WHERE p.id = prepared_by), clock_due, reply"           \
		" FROM dossier WHERE id = ?1")                                                  \
	X(DOSSIER_STATE,                                                                        \
		"UPDATE dossier SET state = ?2, detail = ?3, changed = ?4 WHERE id"             \
		" = ?1")                                                                        \
	X(DOSSIER_CLOCK,                                                                        \
		"UPDATE dossier SET clock_id = ?2, clock_set = ?3, clock_stopped ="             \
		" ?4, clock_from = ?5, clock_left = ?6, clock_due = ?7, reminded ="             \
		" 0 WHERE id = ?1")                                                             \
	X(DOSSIER_REMINDED,                                                                     \
		"UPDATE dossier SET clock_due = ?2, reminded = ?3 WHERE id = ?1")               \
	X(DOSSIER_ASKED,                                                                        \
		"UPDATE dossier SET asked = ?2 WHERE id = ?1")                                  \
	X(DOSSIER_PREPARED,                                                                     \
		"UPDATE dossier SET prepared_by = ?2, prepared_at = ?3,"                        \
		" prepared_digest = ?4, answer = ?5, reply = ?6 WHERE id = ?1")                 \
	X(DOSSIER_DECISION,                                                                     \
		"UPDATE dossier SET before_key = decision_key, decision_key = ?2"               \
		" WHERE id = ?1")                                                               \
	X(DOSSIER_DECISION_UNDO,                                                                \
		"UPDATE dossier SET decision_key = before_key, before_key = NULL"               \
		" WHERE id = ?1")                                                               \
	X(DOSSIER_BEFORE_DONE,                                                                  \
		"UPDATE dossier SET before_key = NULL WHERE id = ?1")                           \
	X(DOSSIER_WORK,                                                                         \
		"SELECT id FROM dossier WHERE state IN ('collecting', 'issuing')"               \
		" AND state = ?3 AND id > ?1 ORDER BY id LIMIT ifnull(?2, 0)")                  \
	X(DOSSIER_CLOCKS,                                                                       \
		"SELECT id FROM dossier WHERE clock_due < 1000000000 AND id > ?1"               \
		" ORDER BY id LIMIT ifnull(?2, 0)")                                             \
	X(DOSSIER_LIST,                                                                         \
		"SELECT id, clock_due FROM dossier WHERE organisation = ?1 AND id < ?2"         \
		" AND (?4 = '' OR instr(?4, ' ' || state || ' ') > 0) AND (?5 = '' OR"          \
		" instr(words, ?5) > 0) ORDER BY id DESC LIMIT ifnull(?3, 0)")                  \
	X(DOSSIER_QUEUE,                                                                        \
		"SELECT id, clock_due FROM dossier WHERE state NOT IN ('decided',"              \
		" 'failed') AND (clock_due, id) > (?1, ?2) AND instr(?4, ' ' || state"          \
		" || ' ') > 0 AND (?5 = '' OR instr(words, ?5) > 0) ORDER BY"                   \
		" clock_due, id LIMIT ifnull(?3, 0)")                                           \
	X(DOSSIER_CLOSED,                                                                       \
		"SELECT id, clock_due FROM dossier WHERE state IN ('decided',"                  \
		" 'failed') AND (clock_due, id) > (?1, ?2) AND instr(?4, ' ' || state"          \
		" || ' ') > 0 AND (?5 = '' OR instr(words, ?5) > 0) ORDER BY"                   \
		" clock_due, id LIMIT ifnull(?3, 0)")                                           \
	X(DOSSIER_EVENT_PUT,                                                                    \
		"INSERT INTO dossier_event (dossier, time, event, side, name,"                  \
		" inner, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                            \
	X(DOSSIER_EVENTS,                                                                       \
		"SELECT time, event, side, name, inner, text FROM dossier_event"                \
		" WHERE dossier = ?1 AND (?2 OR inner = 0) ORDER BY id LIMIT"                   \
		" ifnull(?3, 0)")                                                               \
	X(DOSSIER_EVENT_COUNT,                                                                  \
		"SELECT count(*) FROM dossier_event WHERE dossier = ?1")                        \
	X(DOSSIER_ANSWERED,                                                                     \
		"SELECT EXISTS (SELECT 1 FROM dossier_event WHERE dossier = ?1 AND"             \
		" side = 'company' AND event IN ('handed-in', 'said') AND id >"                 \
		" (SELECT ifnull(max(id), 0) FROM dossier_event WHERE dossier = ?1"             \
		" AND event = 'asked'))")                                                       \
	X(DOSSIER_DRAFT_PUT,                                                                    \
		"INSERT INTO dossier_draft (organisation, account, step, text,"                 \
		" created, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?5)")                           \
	X(DOSSIER_DRAFT_SET,                                                                    \
		"UPDATE dossier_draft SET step = ?3, text = ?4, changed = ?5,"                  \
		" account = ?6 WHERE id = ?1 AND organisation = ?2 RETURNING 1")                \
	X(DOSSIER_DRAFT_GET,                                                                    \
		"SELECT organisation, step, text FROM dossier_draft WHERE id = ?1")             \
	X(DOSSIER_DRAFT_LIST,                                                                   \
		"SELECT id, step, text, changed FROM dossier_draft WHERE"                       \
		" organisation = ?1 ORDER BY id DESC LIMIT ifnull(?2, 0)")                      \
	X(DOSSIER_DRAFT_COUNT,                                                                  \
		"SELECT count(*) FROM dossier_draft WHERE organisation = ?1")                   \
	X(DOSSIER_DRAFT_DROP,                                                                   \
		"DELETE FROM dossier_draft WHERE id = ?1 AND organisation = ?2"                 \
		" RETURNING 1")                                                                 \
	X(DOSSIER_DRAFT_DOCUMENTS_DROP,                                                         \
		"DELETE FROM dossier_document WHERE draft = ?1 AND dossier = 0")                \
	X(DOSSIER_DRAFT_DOCUMENTS_MOVE,                                                         \
		"UPDATE dossier_document SET dossier = ?2, draft = 0 WHERE draft ="             \
		" ?1 AND dossier = 0")                                                          \
	X(DOCUMENT_PUT,                                                                         \
		"INSERT INTO dossier_document (dossier, draft, document, name,"                 \
		" media_type, bytes, digest, valid_until, time, by) VALUES (?1, ?2,"            \
		" ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                                            \
	X(DOCUMENT_LIST,                                                                        \
		"SELECT id, document, name, media_type, bytes, digest, valid_until,"            \
		" time, by FROM dossier_document WHERE dossier = ?1 AND draft = ?2"             \
		" ORDER BY id LIMIT ifnull(?3, 0)")                                             \
	X(DOCUMENT_COUNT,                                                                       \
		"SELECT count(*), ifnull(max(id), 0) FROM dossier_document WHERE"               \
		" dossier = ?1 AND draft = ?2")                                                 \
	X(DOCUMENT_GET,                                                                         \
		"SELECT id, document, name, media_type, bytes, digest, valid_until,"            \
		" time, by FROM dossier_document WHERE dossier = ?1 AND draft = ?2"             \
		" AND id = ?3")                                                                 \
	X(REPORT_OF_CODE,                                                                       \
		"SELECT seq, id_key FROM report WHERE seq < ?2 AND holder IN"                   \
		" (SELECT did FROM organisation WHERE code = ?1 AND code <> '')"                \
		" ORDER BY seq DESC"                                                            \
		" LIMIT ifnull(?3, 0)")                                                         \
	X(STATEMENT_HOLDER,                                                                     \
		"SELECT holder FROM report WHERE id_key = ?1 UNION ALL SELECT applicant"        \
		" FROM decision WHERE id_key = ?1")                                             \
	X(ORGANISATION_HAS_CODE,                                                                \
		"SELECT 1 FROM organisation WHERE did = ?1 AND code = ?2")

#endif
