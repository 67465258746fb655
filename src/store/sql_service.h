/* sql_service.h - SQL of service/: its projections, requests, access trail (tables in
 * sql/002-*.sql).
 *
 * Append rows at the end, one blank comment line between capabilities. Do not include this file;
 * include store/store.h. */
#ifndef HUREN_STORE_SQL_SERVICE_H
#define HUREN_STORE_SQL_SERVICE_H

#define SQL_SERVICE(X)                                                                          \
	X(ORGANISATION_PUT,                                                                     \
		"INSERT INTO organisation (did, name, code, role, version, origin,"             \
		" id_key, time) VALUES (?1, ?2, ifnull(?3, ''), ifnull(?4, ''), ?5,"            \
		" ?6, ?7, ?8) ON CONFLICT (did) DO UPDATE SET name = excluded.name,"            \
		" code = excluded.code, role = excluded.role, version ="                        \
		" excluded.version, id_key = excluded.id_key, time = excluded.time,"            \
		" words_due = 1 WHERE excluded.version >= version")                             \
	X(ORGANISATION_BY_DID,                                                                  \
		"SELECT did, name, code, role, version, origin, id_key, time FROM"              \
		" organisation WHERE did = ?1")                                                 \
	X(AGREEMENT_PUT,                                                                        \
		"INSERT INTO agreement VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT"             \
		" (id_key) DO UPDATE SET own = max(own, excluded.own)")                         \
	X(AGREEMENT_IN_FORCE,                                                                   \
		"SELECT id_key FROM agreement WHERE own = 1 AND ((party_one = ?1 AND"           \
		" party_other = ?2) OR (party_one = ?2 AND party_other = ?1)) AND"              \
		" valid_from <= ?3 AND valid_until > ?3 AND NOT EXISTS (SELECT 1 FROM"          \
		" status WHERE status.id_key = agreement.id_key AND word <> 'valid')"           \
		" ORDER BY valid_from DESC, id_key LIMIT 1")                                    \
	X(REPORT_PUT,                                                                           \
		"INSERT INTO report (id_key, origin, number, lab, lab_name, title,"             \
		" holder, slot, time, list_until, list_facts) VALUES (?1, ?2,"                  \
		" ?3, ?4,"                                                                      \
		" ifnull(?5, ''), ifnull(?6, ''), ifnull(?7, ''), ?8, ?9, ?10, ?11)")           \
	X(REPORT_UNINDEXED,                                                                     \
		"SELECT seq, origin, '', number, lab_name, title FROM report WHERE seq >"       \
		" (SELECT upto FROM report_words_mark WHERE id = 1) ORDER BY seq LIMIT"         \
		" ifnull(?1, 0)")                                                               \
	X(REPORT_INDEX,                                                                         \
		"INSERT INTO report_words (rowid, words, marks) VALUES (?1, ?2, ?3)")           \
	X(REPORT_INDEXED,                                                                       \
		"UPDATE report_words_mark SET upto = ?1 WHERE id = 1")                          \
	X(REPORT_BY_NUMBER,                                                                     \
		"SELECT id_key FROM report WHERE number = ?1 ORDER BY seq DESC LIMIT"           \
		" 1")                                                                           \
	X(REPORT_BY_ID,                                                                         \
		"SELECT number, lab, holder FROM report WHERE id_key = ?1")                     \
	X(STATUS_SLOT_TAKE,                                                                     \
		"INSERT INTO status_slot VALUES (?1)")                                          \
	X(STATUS_SLOT,                                                                          \
		"SELECT slot FROM status_slot WHERE slot = ?1")                                 \
	X(STATUS_SLOTS,                                                                         \
		"SELECT slot FROM status JOIN report ON report.id_key = status.id_key"          \
		" WHERE slot >= ?1 AND slot < ?2 AND word = ?3 ORDER BY slot")                  \
	X(STATUS_BY_ID,                                                                         \
		"SELECT word, reason_zh, reason_en, time, by_key FROM status WHERE"             \
		" id_key = ?1")                                                                 \
	X(STATUS_PUT,                                                                           \
		"INSERT OR REPLACE INTO status (seq, id_key, word, reason_zh,"                  \
		" reason_en, time, by_key) VALUES ((SELECT ifnull(max(seq), 0) + 1"             \
		" FROM status), ?1, ?2, ifnull(?3, ''), ifnull(?4, ''), ?5, ?6)")               \
	X(STATUS_LIST_LAST,                                                                     \
		"SELECT max(number) AS number FROM status_list HAVING number IS NOT"            \
		" NULL")                                                                        \
	X(STATUS_LIST_PUT,                                                                      \
		"INSERT OR REPLACE INTO status_list VALUES (?1, ?2)")                           \
	X(STATUS_LIST_STALE,                                                                    \
		"SELECT slot / 131072 AS list, max(status.seq) FROM status JOIN"                \
		" report ON report.id_key = status.id_key WHERE slot >= 0 AND"                  \
		" status.seq > (SELECT min(seen) FROM status_list) GROUP BY list"               \
		" HAVING max(status.seq) > (SELECT seen FROM status_list WHERE number"          \
		" = slot / 131072) LIMIT 1")                                                    \
	X(DECISION_PUT,                                                                         \
		"INSERT INTO decision (id_key, origin, applicant, recognised,"                  \
		" covered, retest, add_on, refused, time, list_until,"                          \
		" list_facts)"                                                                  \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                       \
	X(DECISION_INPUT_PUT,                                                                   \
		"INSERT OR IGNORE INTO decision_input VALUES (?1, ?2, ?3)")                     \
	X(DECISION_INPUTS,                                                                      \
		"SELECT input_key, decision_input.kind, status.word,"                           \
		" status.reason_zh, status.reason_en, status.time, status.by_key FROM"          \
		" decision_input LEFT JOIN status ON status.id_key = input_key AND"             \
		" status.word <> 'valid' WHERE decision_key = ?1 ORDER BY"                      \
		" decision_input.kind, input_key")                                              \
	X(DECISION_OF_INPUT,                                                                    \
		"SELECT decision_key, 'decision' FROM decision_input WHERE input_key"           \
		" = ?1 ORDER BY decision_key LIMIT ifnull(?2, 0)")                              \
	X(DECISION_SAVED,                                                                       \
		"SELECT items, decisions FROM decision_saved WHERE id = 1")                     \
	X(REQUEST_PUT,                                                                          \
		"INSERT INTO request (id, text, created, state, detail, changed)"               \
		" VALUES (?1, ?2, ?3, 'waiting-receipt', '', ?3)")                              \
	X(REQUEST_GET,                                                                          \
		"SELECT text, created, state, detail, changed, decision_key FROM"               \
		" request WHERE id = ?1")                                                       \
	X(REQUEST_STATE,                                                                        \
		"UPDATE request SET state = ?2, detail = ?3, changed = ?4,"                     \
		" decision_key = ?5 WHERE id = ?1")                                             \
	X(REQUEST_OPEN,                                                                         \
		"SELECT id, text, state, detail FROM request WHERE state NOT IN"                \
		" ('decided', 'failed') ORDER BY seq LIMIT ifnull(?1, 0)")                      \
	X(RULES_FILE_KEEP,                                                                      \
		"INSERT OR IGNORE INTO rules_file VALUES (?1, ?2, ?3)")                         \
	X(RULES_FILE_GET,                                                                       \
		"SELECT name, bytes FROM rules_file WHERE digest = ?1")                         \
	X(DISCLOSURE_ADD,                                                                       \
		"INSERT INTO disclosure_trail (time, reader, id_key, because) VALUES"           \
		" (?1, ?2, ?3, ?4)")                                                            \
	X(AGREEMENT_LIST,                                                                       \
		"SELECT id_key FROM agreement ORDER BY valid_from DESC, id_key LIMIT"           \
		" 50")                                                                          \
	X(COUNT_REPORTS,                                                                        \
		"SELECT ifnull(max(seq), 0) FROM report")                                       \
	X(COUNT_DECISIONS,                                                                      \
		"SELECT ifnull(max(seq), 0) FROM decision")                                     \
	X(COUNT_ORGANISATIONS,                                                                  \
		"SELECT ifnull(max(seq), 0) FROM organisation")                                 \
	X(EVIDENCE_PUT,                                                                         \
		"INSERT INTO evidence (digest, bytes, name, media_type, time) VALUES"           \
		" (?1, ?2, ?3, ?4, ?5) ON CONFLICT (digest) DO NOTHING")                        \
	X(EVIDENCE_GET,                                                                         \
		"SELECT bytes, name, media_type, time FROM evidence WHERE digest = ?1")         \
	X(EVIDENCE_LIST,                                                                        \
		"SELECT seq, digest, bytes, name, media_type, time FROM evidence WHERE"         \
		" seq < ?1 ORDER BY seq DESC LIMIT ifnull(?2, 0)")                              \
	X(EVIDENCE_WANT_PUT,                                                                    \
		"INSERT INTO evidence_want VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting',"          \
		" '') ON CONFLICT (digest) DO UPDATE SET origin = excluded.origin,"             \
		" statement_key = excluded.statement_key, state = 'waiting', problem ="         \
		" ''")                                                                          \
	X(EVIDENCE_WANT_GET,                                                                    \
		"SELECT state, problem, statement_key FROM evidence_want WHERE digest = ?1")    \
	X(EVIDENCE_WANT_NEXT,                                                                   \
		"SELECT digest, origin, statement_key, bytes, name, media_type FROM"            \
		" evidence_want WHERE state = 'waiting' AND digest > ?1 ORDER BY digest"        \
		" LIMIT 1")                                                                     \
	X(EVIDENCE_WANT_SET,                                                                    \
		"UPDATE evidence_want SET state = ?2, problem = ?3 WHERE digest = ?1")          \
	X(EVIDENCE_WANT_DROP,                                                                   \
		"DELETE FROM evidence_want WHERE digest = ?1")                                  \
	X(EVIDENCE_WANT_COUNT,                                                                  \
		"SELECT count(*) FROM evidence_want WHERE state = 'waiting'")                   \
	X(RECOMPUTATION_PUT,                                                                    \
		"INSERT INTO recomputation VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                    \
	X(RECOMPUTATIONS_OF,                                                                    \
		"SELECT id_key FROM recomputation WHERE report_key = ?1 ORDER BY time"          \
		" DESC, id_key LIMIT ifnull(?2, 0)")

#endif
