/* sql_alliance.h - SQL of the alliance (sql/022-alliance.sql). Include store/store.h instead. */
#ifndef HUREN_STORE_SQL_ALLIANCE_H
#define HUREN_STORE_SQL_ALLIANCE_H

#define ALLIANCE_COLUMNS                                                                         \
	"seq, id_key, origin, idx, issuer, record, code, name, kind, about, title, time,"        \
	" until, ended, digest, body, counted"

#define SQL_ALLIANCE(X)                                                                          \
	X(ALLIANCE_RECORD_PUT,                                                                   \
		"INSERT INTO alliance_record (id_key, origin, idx, issuer, record, code,"        \
		" name, kind, about, title, time, until, ended, counted, digest, body) VALUES"   \
		" (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, ?14, ?15)")        \
	X(ALLIANCE_RECORD_END,                                                                   \
		"UPDATE alliance_record SET ended = ?3 WHERE id_key = ?1 AND origin = ?2 AND"    \
		" ended = 0 AND (until = 0 OR ?3 < until)")                                      \
	X(ALLIANCE_RECORD_ONE,                                                                   \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE id_key = ?1 AND record = ?2 ORDER BY origin"        \
		" LIMIT 1")                                                                      \
	X(ALLIANCE_RECORD_BY_SEQ,                                                                \
		"SELECT " ALLIANCE_COLUMNS " FROM alliance_record WHERE seq = ?1")               \
	X(ALLIANCE_RECORDS,                                                                      \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE record = ?1 AND ended = 0 AND seq < ?2 ORDER BY"    \
		" seq DESC LIMIT ifnull(?3, 0)")                                                 \
	X(ALLIANCE_MOTIONS_OPEN,                                                                 \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE record = 'motion' AND until > ?1 AND ended = 0"     \
		" ORDER BY until LIMIT ifnull(?2, 0)")                                           \
	X(ALLIANCE_MOTIONS,                                                                      \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE record = 'motion' AND seq < ?1 ORDER BY seq DESC"   \
		" LIMIT ifnull(?2, 0)")                                                          \
	X(ALLIANCE_OF_CODE,                                                                      \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE record = ?1 AND code = ?2 AND ended = 0 AND"        \
		" origin = ?3 LIMIT 1")                                                          \
	X(ALLIANCE_COUNT_OF_CODE,                                                                \
		"SELECT (SELECT count(*) FROM alliance_record WHERE record = ?1 AND code = ?2"   \
		" AND ended = 0 AND origin = '' AND (until = 0 OR until > ?3)) + (SELECT"        \
		" count(*) FROM alliance_issue WHERE record = ?1 AND code = ?2)")                \
	X(ALLIANCE_MINUTES_OF,                                                                   \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE about = ?1 AND about <> x'' AND record ="           \
		" 'minutes' AND ended = 0 AND seq < ?2 ORDER BY seq DESC LIMIT ifnull(?3, 0)")   \
	X(ALLIANCE_CHAIR,                                                                        \
		"SELECT code FROM alliance_record WHERE about = ?1 AND about <> x'' AND"         \
		" record = 'chair' AND ended = 0 AND origin = ?2 ORDER BY idx DESC LIMIT 1")     \
	X(ALLIANCE_MEMBERS,                                                                      \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record WHERE record = 'membership' AND ended = 0 AND code > ?1"  \
		" ORDER BY code, time, issuer LIMIT ifnull(?2, 0)")                              \
	X(ALLIANCE_MEMBER_COUNTS,                                                                \
		"SELECT origin, count(DISTINCT code) FROM alliance_record WHERE record ="        \
		" 'membership' AND ended = 0 GROUP BY origin ORDER BY origin")                   \
	X(ALLIANCE_SEATS,                                                                        \
		"SELECT " ALLIANCE_COLUMNS                                                       \
		" FROM alliance_record AS s WHERE about = ?1 AND about <> x'' AND record ="      \
		" 'seat' AND ended = 0 AND EXISTS (SELECT 1 FROM alliance_record AS m WHERE"     \
		" m.record = 'membership' AND m.code = s.code AND m.ended = 0 AND m.origin ="    \
		" s.origin) ORDER BY code, time LIMIT ifnull(?2, 0)")                            \
	X(ALLIANCE_TALLIES,                                                                      \
		"SELECT issuer, body, min(idx) FROM alliance_record WHERE about = ?1 AND"        \
		" about <> x'' AND record = 'tally' AND json_extract(body, '$.motionDigest') ="  \
		" ?2 GROUP BY issuer ORDER BY issuer LIMIT ifnull(?3, 0)")                       \
	X(ALLIANCE_OWN_MEMBERS,                                                                  \
		"SELECT o.id FROM alliance_record AS m JOIN account_organisation AS o ON"        \
		" o.code = m.code AND o.state = 'confirmed' AND o.state <> 'refused' WHERE"      \
		" m.record = 'membership' AND m.ended = 0 AND m.origin = ''"                     \
		" LIMIT ifnull(?1, 0)") /* for its index */                                      \
	X(ALLIANCE_MOTIONS_DUE,                                                                  \
		"SELECT seq FROM alliance_record WHERE record = 'motion' AND until <= ?1 AND"    \
		" ended = 0 AND counted = 0 ORDER BY until LIMIT ifnull(?2, 0)")                 \
	X(ALLIANCE_APPLY,                                                                        \
		"INSERT INTO alliance_application (organisation, account, charter, state,"       \
		" reason, created, decided) VALUES (?1, ?2, ?3, 'waiting', '', ?4, 0)")          \
	X(ALLIANCE_APPLICATION_LAST,                                                             \
		"SELECT id, state, reason, created FROM alliance_application WHERE"              \
		" organisation = ?1 ORDER BY id DESC LIMIT 1")                                   \
	X(ALLIANCE_APPLICATIONS,                                                                 \
		"SELECT a.id, a.organisation, a.account, a.charter, a.state, a.created,"         \
		" o.name, o.code, o.kind FROM alliance_application AS a JOIN"                    \
		" account_organisation AS o ON o.id = a.organisation WHERE a.state ="            \
		" 'waiting' AND a.id > ?1 ORDER BY a.id LIMIT ifnull(?2, 0)")                    \
	X(ALLIANCE_APPLICATION_SET,                                                              \
		"UPDATE alliance_application SET state = ?2, reason = ?3, decided = ?4 WHERE"    \
		" id = ?1 AND state = 'waiting' RETURNING id")                                   \
	X(ALLIANCE_VOTE_PUT,                                                                     \
		"INSERT OR REPLACE INTO alliance_vote VALUES (?1, ?2, ?3, ?4, ?5)")              \
	X(ALLIANCE_VOTE_OF,                                                                      \
		"SELECT choice, time FROM alliance_vote WHERE motion = ?1 AND code = ?2")        \
	X(ALLIANCE_VOTES,                                                                        \
		"SELECT code, choice, time FROM alliance_vote WHERE motion = ?1 ORDER BY code"   \
		" LIMIT ifnull(?2, 0)")                                                          \
	X(ALLIANCE_RECORD_COUNTED,                                                               \
		"UPDATE alliance_record SET counted = ?2 WHERE seq = ?1 AND counted = 0")        \
	X(ALLIANCE_ISSUE_PUT,                                                                    \
		"INSERT INTO alliance_issue (id_key, kind, record, code, about, subject)"        \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                              \
	X(ALLIANCE_ISSUE_NEXT,                                                                   \
		"SELECT id, id_key, kind, subject FROM alliance_issue WHERE id > ?1 ORDER BY"    \
		" id LIMIT 1")                                                                   \
	X(ALLIANCE_ISSUE_FIND,                                                                   \
		"SELECT id FROM alliance_issue WHERE record = ?1 AND code = ?2 AND about = ?3")  \
	X(ALLIANCE_ISSUE_DROP,                                                                   \
		"DELETE FROM alliance_issue WHERE id_key = ?1")                                  \
	X(ALLIANCE_DRAFT_ADD,                                                                    \
		"INSERT INTO alliance_draft (about, organisation, account, title, body,"         \
		" revision, statement, created, changed) VALUES (?1, ?2, ?3, ?4, ?5, 1, x'',"    \
		" ?6, ?6)")                                                                      \
	X(ALLIANCE_DRAFT_SAVE,                                                                   \
		"UPDATE alliance_draft SET title = ?3, body = ?4, account = ?5, changed = ?6,"   \
		" revision = revision + 1 WHERE id = ?1 AND revision = ?2 AND statement = x''"   \
		" RETURNING id")                                                                 \
	X(ALLIANCE_DRAFT_ONE,                                                                    \
		"SELECT id, about, organisation, account, title, body, revision, statement,"     \
		" changed FROM alliance_draft WHERE id = ?1")                                    \
	X(ALLIANCE_DRAFTS_OF,                                                                    \
		"SELECT id, about, organisation, account, title, changed FROM alliance_draft AS" \
		" d WHERE statement = x'' AND id < ?1 AND (?2 OR organisation = ?3 OR (?4 AND"   \
		" (about = x'' OR EXISTS (SELECT 1 FROM alliance_record AS s WHERE s.about ="    \
		" d.about AND s.about <> x'' AND s.record = 'seat' AND s.ended = 0 AND s.code =" \
		" ?5 AND s.origin = '')))) ORDER BY id DESC LIMIT ifnull(?6, 0)")                \
	X(ALLIANCE_DRAFT_COUNT,                                                                  \
		"SELECT count(*) FROM alliance_draft WHERE organisation = ?1 AND statement ="    \
		" x''")                                                                          \
	X(ALLIANCE_DRAFT_APPROVED,                                                               \
		"UPDATE alliance_draft SET statement = ?3, changed = ?4 WHERE id = ?1 AND"       \
		" revision = ?2 AND statement = x'' RETURNING id")                               \
	X(ALLIANCE_DRAFT_DROP,                                                                   \
		"DELETE FROM alliance_draft WHERE id = ?1 AND revision = ?2 AND statement ="     \
		" x'' RETURNING id")

#endif
