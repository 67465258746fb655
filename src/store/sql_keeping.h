/* sql_keeping.h - SQL of accreditations by date and of prepared acts (sql/010-mail.sql). Include
 * store/store.h instead. */
#ifndef HUREN_STORE_SQL_KEEPING_H
#define HUREN_STORE_SQL_KEEPING_H

#define SQL_KEEPING(X)                                                                           \
	X(ACCREDITATION_PUT,                                                                     \
		"INSERT OR REPLACE INTO accreditation VALUES (?1, ?2, ?3, ?4)")                  \
	X(ACCREDITATION_LIST,                                                                    \
		"SELECT a.id_key, a.valid_until FROM accreditation a LEFT JOIN status s ON"      \
		" s.id_key = a.id_key AND s.word <> 'valid' LEFT JOIN organisation o ON"         \
		" o.did = a.lab WHERE (a.valid_until, a.id_key) > (?1, ?2) AND"                  \
		" a.valid_until >= ?3 AND a.valid_until < ?4 AND (?5 = '*' OR"                   \
		" ifnull(s.word, '') = ?5 OR (?5 = 'kept' AND ifnull(s.word, '') <>"             \
		" 'withdrawn')) AND (?6 = '' OR instr(o.name, ?6) > 0 OR o.code = ?6)"           \
		" ORDER BY a.valid_until, a.id_key LIMIT ifnull(?7, 0)")                         \
	X(LAB_LIST,                                                                              \
		"SELECT did, name, code FROM organisation WHERE origin = '' AND role = 'lab'"    \
		" ORDER BY name, did LIMIT 500")                                                 \
	X(ORGANISATION_WITHOUT_DID,                                                              \
		"SELECT code, name, kind FROM account_organisation WHERE state = 'confirmed'"    \
		" AND id > 1 AND NOT EXISTS (SELECT 1 FROM organisation WHERE origin = '' AND"   \
		" organisation.code = account_organisation.code) ORDER BY decided, id LIMIT 500") \
	X(ORGANISATION_CONFIRMED,                                                                \
		"SELECT name, kind FROM account_organisation WHERE code = ?1 AND"                \
		" state = 'confirmed' AND id > 1")                                               \
	X(ACT_PUT,                                                                               \
		"INSERT INTO prepared_act (kind, name, request, statement, state, account,"      \
		" prepared, second, decided, said, refusal) VALUES (?1, ?2, ?3, ?4, 'waiting',"  \
		" ?5, ?6, 0, 0, '', '') RETURNING id")                                           \
	X(ACT_WAITING_COUNT,                                                                     \
		"SELECT count(*) FROM prepared_act WHERE state IN ('waiting', 'confirmed')")     \
	X(ACT_GET,                                                                               \
		"SELECT p.id, p.kind, p.name, p.request, p.statement, p.state, p.account,"       \
		" p.prepared, p.second, p.decided, p.said, ifnull(a.display, ''),"               \
		" ifnull(b.display, ''), p.refusal FROM prepared_act p LEFT JOIN account a ON"   \
		" a.id = p.account LEFT JOIN account b ON b.id = p.second WHERE p.id = ?1")      \
	X(ACT_LAST,                                                                              \
		"SELECT p.id, p.kind, p.name, p.request, p.statement, p.state, p.account,"       \
		" p.prepared, p.second, p.decided, p.said, ifnull(a.display, ''),"               \
		" ifnull(b.display, ''), p.refusal FROM prepared_act p LEFT JOIN account a ON"   \
		" a.id = p.account LEFT JOIN account b ON b.id = p.second WHERE p.kind = ?1"     \
		" AND p.request ->> '$.registeredId' = ?2 ORDER BY p.id DESC LIMIT 1")           \
	X(ACT_LIST,                                                                              \
		"SELECT p.id, p.kind, p.name, '', p.statement, p.state, p.account, p.prepared,"  \
		" p.second, p.decided, p.said, ifnull(a.display, ''), ifnull(b.display, ''),"    \
		" p.refusal FROM prepared_act p LEFT JOIN account a ON a.id = p.account"         \
		" LEFT JOIN account b ON b.id = p.second WHERE p.id < ?1"                        \
		" ORDER BY p.id DESC LIMIT ifnull(?2, 0)")                                       \
	X(ACT_LIST_WAITING,                                                                      \
		"SELECT p.id, p.kind, p.name, '', p.statement, p.state, p.account, p.prepared,"  \
		" p.second, p.decided, p.said, ifnull(a.display, ''), ifnull(b.display, ''),"    \
		" p.refusal FROM prepared_act p LEFT JOIN account a ON a.id = p.account"         \
		" LEFT JOIN account b ON b.id = p.second"                                        \
		" WHERE p.state IN ('waiting', 'confirmed') AND p.id > ?1"                       \
		" ORDER BY p.id LIMIT ifnull(?2, 0)")                                            \
	X(ACT_SET,                                                                               \
		"UPDATE prepared_act SET state = ?2, second = ?3, decided = ?4, said = ?5,"      \
		" refusal = ?6 WHERE id = ?1")                                                   \
	X(ACT_LAPSE,                                                                             \
		"UPDATE prepared_act SET state = 'lapsed' WHERE state IN ('waiting',"            \
		" 'confirmed') AND state = 'waiting' AND prepared < ?1") /* for its index */

#endif
