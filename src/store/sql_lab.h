/* sql_lab.h - SQL of the lab's drafts, evaluations and imports (sql/014-lab.sql). */
#ifndef HUREN_STORE_SQL_LAB_H
#define HUREN_STORE_SQL_LAB_H

#define SQL_LAB(X)                                                                       \
	X(DRAFT_PUT,                                                                     \
		"INSERT INTO draft (organisation, state, revision, number, title, body, amends," \
		" amend_reason, reason, created, created_by, changed, changed_by)"       \
		" VALUES (?1, 'drafting', 1, ?2, ?3, ?4, ?5, ?8, '', ?6, ?7, ?6, ?7)")   \
	X(DRAFT_GET,                                                                     \
		"SELECT d.organisation, d.state, revision, number, title, body, amends, reason," \
		" statement, d.created, created_by, changed, changed_by, one.display,"   \
		" other.display, amend_reason FROM draft d JOIN account one ON one.id =" \
		" created_by JOIN"                                                       \
		" account other ON other.id = changed_by WHERE d.id = ?1 AND"            \
		" d.organisation = ?2")                                                  \
	X(DRAFT_SAVE,                                                                    \
		"UPDATE draft SET number = ?4, title = ?5, body = ?6, revision = revision + 1," \
		" changed = ?7, changed_by = ?8 WHERE id = ?1 AND organisation = ?2 AND" \
		" revision = ?3 AND state = 'drafting' RETURNING revision")              \
	X(DRAFT_STATE,                                                                   \
		"UPDATE draft SET state = ?5, reason = ?6, revision = revision + 1, changed =" \
		" ?7 WHERE id = ?1 AND organisation = ?2 AND revision = ?3 AND state = ?4" \
		" RETURNING number, created_by, changed_by")                             \
	X(DRAFT_SIGNED,                                                                  \
		"UPDATE draft SET state = 'signed', statement = ?2, revision = revision + 1," \
		" changed = ?3 WHERE id = ?1 AND state = 'ready-for-signature' AND revision =" \
		" ?4 RETURNING organisation, number, created_by, changed_by")            \
	X(DRAFT_LIST,                                                                    \
		"SELECT d.id, d.state, number, title, changed, account.display, amends," \
		" statement FROM draft d JOIN account ON account.id = changed_by WHERE"  \
		" d.organisation = ?3 AND d.id < ?1 AND (?4 = '' OR d.state = ?4) ORDER BY d.id" \
		" DESC LIMIT ifnull(?2, 0)")                                             \
	X(DRAFT_SEARCH,                                                                  \
		"SELECT d.id, d.state, number, title, changed, account.display, amends," \
		" statement FROM draft_words JOIN draft d ON d.id = draft_words.rowid JOIN" \
		" account ON account.id = changed_by WHERE draft_words MATCH ?5 AND"     \
		" d.organisation = ?3 AND d.id < ?1 AND (?4 = '' OR d.state = ?4) ORDER BY" \
		" d.id DESC LIMIT ifnull(?2, 0)")                                        \
	X(DRAFT_LAST,                                                                    \
		"SELECT body FROM draft WHERE organisation = ?1 ORDER BY id DESC LIMIT 1") \
	X(DRAFT_WORDS_DROP,                                                              \
		"DELETE FROM draft_words WHERE rowid = ?1")                              \
	X(DRAFT_WORDS_PUT,                                                               \
		"INSERT INTO draft_words (rowid, words) VALUES (?1, ?2)")                \
	X(DRAFT_EDITOR_PUT,                                                              \
		"INSERT OR IGNORE INTO draft_editor VALUES (?1, ?2)")                    \
	X(DRAFT_EDITOR_IS,                                                               \
		"SELECT 1 FROM draft_editor WHERE draft = ?1 AND account = ?2")          \
	X(DRAFT_NUMBER_USED,                                                             \
		"SELECT 1 FROM report WHERE number = ?1 AND lab = ?2")                   \
	X(DRAFT_NUMBER_OPEN,                                                             \
		"SELECT id FROM draft WHERE organisation = ?1 AND number = ?2 AND state IN" \
		" ('drafting', 'ready-for-signature') LIMIT 1")                          \
	X(DRAFT_STATEMENT_PUT,                                                           \
		"INSERT INTO draft_statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
	X(DRAFT_STATEMENT_GET,                                                           \
		"SELECT draft, revision, signer, digest, text, address FROM draft_statement" \
		" WHERE id = ?1")                                                        \
	X(DRAFT_STATEMENT_LAST,                                                          \
		"SELECT id, revision, text FROM draft_statement WHERE draft = ?1 AND taken = 1" \
		" ORDER BY made DESC LIMIT 1")                                           \
	X(DRAFT_STATEMENT_SIGNER,                                                        \
		"UPDATE draft_statement SET signer = ?2, address = ?3 WHERE id = ?1")    \
	X(DRAFT_EVIDENCE_PUT,                                                            \
		"INSERT OR IGNORE INTO draft_evidence VALUES (?1, ?2)")                  \
	X(DRAFT_FILES,                                                                   \
		"SELECT digest, bytes, name, media_type FROM (SELECT digest, bytes, name," \
		" media_type, time FROM file_entry WHERE organisation = ?1 AND scan IN"  \
		" ('clean', 'not-scanned') UNION ALL SELECT e.digest, e.bytes, e.name,"  \
		" e.media_type, e.time FROM draft_evidence d JOIN evidence e ON e.digest =" \
		" d.digest WHERE d.organisation = ?1 AND NOT EXISTS (SELECT 1 FROM"      \
		" file_entry f WHERE f.organisation = ?1 AND f.digest = d.digest)) ORDER BY" \
		" time DESC LIMIT ifnull(?2, 0)")                                        \
	X(DRAFT_FILE_GET,                                                                \
		"SELECT bytes, name, media_type FROM file_entry WHERE organisation = ?1 AND" \
		" digest = ?2 AND scan IN ('clean', 'not-scanned') UNION ALL SELECT bytes," \
		" name, media_type FROM evidence WHERE digest = ?2 AND (EXISTS (SELECT 1 FROM" \
		" draft_evidence WHERE organisation = ?1 AND digest = ?2) OR NOT EXISTS" \
		" (SELECT 1 FROM file_held WHERE digest = ?2 UNION ALL SELECT 1 FROM"    \
		" file_entry WHERE digest = ?2 AND organisation <> ?1 UNION ALL SELECT 1 FROM" \
		" draft_evidence WHERE digest = ?2 UNION ALL SELECT 1 FROM file_use WHERE" \
		" digest = ?2 AND issuer <> '' AND issuer NOT IN (SELECT o.did FROM"     \
		" organisation o JOIN account_organisation c ON c.code = o.code WHERE c.id =" \
		" ?1 AND c.code <> ''))) LIMIT 1")                                       \
	X(DRAFT_EVALUATION_PUT,                                                          \
		"INSERT INTO draft_evaluation (organisation, draft, account, state, wanted," \
		" expected, verdict, problem, created, started, ended) VALUES (?1, ?2, ?3," \
		" 'd-waiting', ?4, ?5, '', '', ?6, 0, 0)")                               \
	X(DRAFT_EVALUATION_GET,                                                          \
		"SELECT draft, state, wanted, expected, document, verdict, problem, created," \
		" started, ended FROM draft_evaluation WHERE id = ?1 AND organisation = ?2") \
	X(DRAFT_EVALUATION_OF,                                                           \
		"SELECT id, state, wanted, expected, document, verdict, problem, created," \
		" started, ended FROM draft_evaluation WHERE draft = ?1 ORDER BY id DESC LIMIT" \
		" ifnull(?2, 0)")                                                        \
	X(DRAFT_EVALUATION_NEXT,                                                         \
		"SELECT id, organisation, draft, account, wanted FROM draft_evaluation WHERE" \
		" state IN ('d-waiting', 'd-running') ORDER BY id LIMIT 1")              \
	X(DRAFT_EVALUATION_COUNT,                                                        \
		"SELECT count(*) FROM draft_evaluation WHERE state IN ('d-waiting', 'd-running')" \
		" AND organisation = ?1")                                                \
	X(DRAFT_EVALUATION_BEGIN,                                                        \
		"UPDATE draft_evaluation SET state = 'd-running', started = ?2 WHERE id = ?1") \
	X(DRAFT_EVALUATION_END,                                                          \
		"UPDATE draft_evaluation SET state = ?2, document = ?3, verdict = ?4, problem =" \
		" ?5, ended = ?6, draft = ?7 WHERE id = ?1")                             \
	X(IMPORT_PUT,                                                                    \
		"INSERT INTO lab_import (organisation, account, name, cells, made, created)" \
		" VALUES (?1, ?2, ?3, ?4, 0, ?5)")                                       \
	X(IMPORT_GET,                                                                    \
		"SELECT name, cells, made, created FROM lab_import WHERE id = ?1 AND"    \
		" organisation = ?2")                                                    \
	X(IMPORT_LIST,                                                                   \
		"SELECT i.id, i.name, made, i.created, account.display FROM lab_import i JOIN" \
		" account ON account.id = i.account WHERE i.organisation = ?3 AND i.id < ?1" \
		" ORDER BY i.id DESC LIMIT ifnull(?2, 0)")                               \
	X(IMPORT_MADE,                                                                   \
		"UPDATE lab_import SET made = ?3 WHERE id = ?1 AND organisation = ?2 AND made" \
		" = 0 RETURNING name")

#endif
