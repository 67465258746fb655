/* sql_tables.h - SQL of lists (service/list.h): pages, keys, rows, words (sql/012-tables.sql).
 *
 * A page statement gives row number and key; ?1 key and ?2 row number it goes on from, ?3 how many,
 * ?4 and on the filters. None may read a table from end to end: test/unit/test_store.c looks at the
 * plan of each whose name has PAGE in it. */
#ifndef HUREN_STORE_SQL_TABLES_H
#define HUREN_STORE_SQL_TABLES_H

/* In the order of row numbers, or of a text column with the row number behind it. */
#define PAGE_DOWN(table, where)                                                                  \
	"SELECT rowid, '' FROM " table " WHERE " where "rowid < ?2 ORDER BY rowid DESC LIMIT"   \
	" ifnull(?3, 0)"
#define PAGE_UP(table, where)                                                                    \
	"SELECT rowid, '' FROM " table " WHERE " where "rowid > ?2 ORDER BY rowid LIMIT"        \
	" ifnull(?3, 0)"
#define PAGE_KEY_DOWN(table, key, where)                                                         \
	"SELECT rowid, " key " FROM " table " WHERE " where "(" key ", rowid) < (?1, ?2)"        \
	" ORDER BY " key " DESC, rowid DESC LIMIT ifnull(?3, 0)"
#define PAGE_KEY_UP(table, key, where)                                                           \
	"SELECT rowid, " key " FROM " table " WHERE " where "(" key ", rowid) > (?1, ?2)"        \
	" ORDER BY " key ", rowid LIMIT ifnull(?3, 0)"
#define PAGE_KEY(table, key) "SELECT " key " FROM " table " WHERE rowid = ?1"
/* Matches of ?1, with the columns that filters look at. */
#define SEARCH(table, words, columns, compare, down)                                             \
	"SELECT " table ".rowid, " columns " FROM " words " CROSS JOIN " table " ON " table      \
	".rowid = " words ".rowid WHERE " words " MATCH ?1 AND " words ".rowid " compare " ?2"  \
	" ORDER BY " words ".rowid" down " LIMIT ifnull(?3, 0)"
#define SEARCH_DOWN(table, words, columns) SEARCH(table, words, columns, "<", " DESC")
#define SEARCH_UP(table, words, columns) SEARCH(table, words, columns, ">", "")

#define CITY_WORD "origin = ?4 AND list_word = ?5 AND "
#define CITY_ROLE "origin = ?4 AND role = ?5 AND "
#define MEMBER_OF "organisation = ?4 AND "

#define SQL_TABLES(X)                                                                            \
	X(REPORT_PAGE_DOWN, PAGE_DOWN("report", ""))                                             \
	X(REPORT_PAGE_UP, PAGE_UP("report", ""))                                                 \
	X(REPORT_PAGE_OF_DOWN, PAGE_DOWN("report", CITY_WORD))                                   \
	X(REPORT_PAGE_OF_UP, PAGE_UP("report", CITY_WORD))                                       \
	X(REPORT_PAGE_NUMBER_DOWN, PAGE_KEY_DOWN("report", "number", CITY_WORD))                 \
	X(REPORT_PAGE_NUMBER_UP, PAGE_KEY_UP("report", "number", CITY_WORD))                     \
	X(REPORT_PAGE_LAB_DOWN, PAGE_KEY_DOWN("report", "lab_name", CITY_WORD))                  \
	X(REPORT_PAGE_LAB_UP, PAGE_KEY_UP("report", "lab_name", CITY_WORD))                      \
	X(REPORT_PAGE_KEY_NUMBER, PAGE_KEY("report", "number"))                                  \
	X(REPORT_PAGE_KEY_LAB, PAGE_KEY("report", "lab_name"))                                   \
	X(REPORT_PAGE_SEARCH_DOWN,                                                               \
		SEARCH_DOWN("report", "report_words", "origin, list_word"))                      \
	X(REPORT_PAGE_SEARCH_UP,                                                                 \
		SEARCH_UP("report", "report_words", "origin, list_word"))                        \
	X(REPORT_ROW,                                                                            \
		"SELECT id_key, number, list_word, list_until, list_facts FROM"                  \
		" report WHERE seq = ?1")                                                        \
	X(DECISION_PAGE_DOWN, PAGE_DOWN("decision", ""))                                         \
	X(DECISION_PAGE_UP, PAGE_UP("decision", ""))                                             \
	X(DECISION_PAGE_OF_DOWN, PAGE_DOWN("decision", CITY_WORD))                               \
	X(DECISION_PAGE_OF_UP, PAGE_UP("decision", CITY_WORD))                                   \
	X(DECISION_PAGE_SEARCH_DOWN,                                                             \
		SEARCH_DOWN("decision", "decision_words", "origin, list_word"))                  \
	X(DECISION_PAGE_SEARCH_UP,                                                               \
		SEARCH_UP("decision", "decision_words", "origin, list_word"))                    \
	X(DECISION_ROW,                                                                          \
		"SELECT id_key, '', list_word, list_until, list_facts FROM"                      \
		" decision WHERE seq = ?1")                                                      \
	X(ORGANISATION_PAGE_DOWN, PAGE_DOWN("organisation", ""))                                 \
	X(ORGANISATION_PAGE_UP, PAGE_UP("organisation", ""))                                     \
	X(ORGANISATION_PAGE_OF_DOWN, PAGE_DOWN("organisation", CITY_ROLE))                       \
	X(ORGANISATION_PAGE_OF_UP, PAGE_UP("organisation", CITY_ROLE))                           \
	X(ORGANISATION_PAGE_NAME_DOWN, PAGE_KEY_DOWN("organisation", "name", CITY_ROLE))         \
	X(ORGANISATION_PAGE_NAME_UP, PAGE_KEY_UP("organisation", "name", CITY_ROLE))             \
	X(ORGANISATION_PAGE_KEY_NAME, PAGE_KEY("organisation", "name"))                          \
	X(ORGANISATION_PAGE_SEARCH_DOWN,                                                         \
		SEARCH_DOWN("organisation", "organisation_words", "origin, role"))               \
	X(ORGANISATION_PAGE_SEARCH_UP,                                                           \
		SEARCH_UP("organisation", "organisation_words", "origin, role"))                 \
	X(ORGANISATION_ROW,                                                                      \
		"SELECT did, name, code, role, origin, id_key, time FROM organisation WHERE"     \
		" seq = ?1")                                                                     \
	X(ACCOUNT_PAGE_NAME_DOWN, PAGE_KEY_DOWN("account", "name", ""))                          \
	X(ACCOUNT_PAGE_NAME_UP, PAGE_KEY_UP("account", "name", ""))                              \
	X(ACCOUNT_PAGE_DISPLAY_DOWN, PAGE_KEY_DOWN("account", "display", ""))                    \
	X(ACCOUNT_PAGE_DISPLAY_UP, PAGE_KEY_UP("account", "display", ""))                        \
	X(ACCOUNT_PAGE_OF_NAME_DOWN, PAGE_KEY_DOWN("account", "name", MEMBER_OF))                \
	X(ACCOUNT_PAGE_OF_NAME_UP, PAGE_KEY_UP("account", "name", MEMBER_OF))                    \
	X(ACCOUNT_PAGE_OF_DISPLAY_DOWN, PAGE_KEY_DOWN("account", "display", MEMBER_OF))          \
	X(ACCOUNT_PAGE_OF_DISPLAY_UP, PAGE_KEY_UP("account", "display", MEMBER_OF))              \
	X(ACCOUNT_PAGE_KEY_NAME, PAGE_KEY("account", "name"))                                    \
	X(ACCOUNT_PAGE_KEY_DISPLAY, PAGE_KEY("account", "display"))                              \
	X(ACCOUNT_PAGE_SEARCH_DOWN, SEARCH_DOWN("account", "account_words", "organisation"))     \
	X(ACCOUNT_PAGE_SEARCH_UP, SEARCH_UP("account", "account_words", "organisation"))         \
	X(AUDIT_PAGE_DOWN, PAGE_DOWN("audit", ""))                                               \
	X(AUDIT_PAGE_UP, PAGE_UP("audit", ""))                                                   \
	X(AUDIT_PAGE_ACTION_DOWN, PAGE_DOWN("audit", "action = ?4 AND result = ?5 AND "))        \
	X(AUDIT_PAGE_ACTION_UP, PAGE_UP("audit", "action = ?4 AND result = ?5 AND "))            \
	X(AUDIT_PAGE_ACTOR_DOWN,                                                                 \
		PAGE_DOWN("audit", "action = ?4 AND result = ?5 AND actor = ?6 AND "))           \
	X(AUDIT_PAGE_ACTOR_UP,                                                                   \
		PAGE_UP("audit", "action = ?4 AND result = ?5 AND actor = ?6 AND "))             \
	X(AUDIT_ROW, "SELECT line, digest FROM audit WHERE seq = ?1")                            \
	X(DECISION_UNINDEXED,                                                                    \
		"SELECT seq, origin, '', (SELECT group_concat(number || ' ' || lab_name || ' '"  \
		" || title, ' ') FROM decision_input JOIN report ON report.id_key = input_key"   \
		" WHERE decision_key = decision.id_key) FROM decision WHERE seq > (SELECT upto"  \
		" FROM decision_words_mark WHERE id = 1) ORDER BY seq LIMIT ifnull(?1, 0)")      \
	X(DECISION_INDEX, "INSERT INTO decision_words (rowid, words, marks) VALUES (?1, ?2, ?3)") \
	X(DECISION_INDEXED, "UPDATE decision_words_mark SET upto = ?1 WHERE id = 1")             \
	X(DECISION_DUE, "SELECT input_key, behind FROM decision_due LIMIT ifnull(?1, 0)")        \
	X(DECISION_DUE_STEP,                                                                     \
		"UPDATE decision SET list_word = (SELECT word FROM decision_word WHERE"          \
		" decision_word.seq = decision.seq) WHERE id_key IN (SELECT decision_key FROM"   \
		" decision_input WHERE input_key = ?1 AND decision_key > ?2 ORDER BY"            \
		" decision_key LIMIT 500)")                                                      \
	X(DECISION_DUE_GO,                                                                       \
		"UPDATE decision_due SET behind = (SELECT decision_key FROM decision_input"      \
		" WHERE input_key = ?1 AND decision_key > ?2 ORDER BY decision_key LIMIT 1"      \
		" OFFSET 499) WHERE input_key = ?1")                                             \
	X(DECISION_DUE_DROP, "DELETE FROM decision_due WHERE behind IS NULL")                    \
	X(ORGANISATION_UNINDEXED,                                                                \
		"SELECT seq, origin, role, name, code FROM organisation WHERE words_due = 1"     \
		" ORDER BY seq LIMIT ifnull(?1, 0)")                                             \
	X(ORGANISATION_INDEX,                                                                    \
		"INSERT OR REPLACE INTO organisation_words (rowid, words, marks)"                \
		" VALUES (?1, ?2, ?3)")                                                          \
	X(ORGANISATION_INDEXED, "UPDATE organisation SET words_due = 0 WHERE seq = ?1")          \
	X(ACCOUNT_UNINDEXED,                                                                     \
		"SELECT id, '', organisation, name, display FROM account WHERE words_due = 1"    \
		" ORDER BY id LIMIT ifnull(?1, 0)")                                              \
	X(ACCOUNT_INDEX,                                                                         \
		"INSERT OR REPLACE INTO account_words (rowid, words, marks) VALUES (?1, ?2, ?3)") \
	X(ACCOUNT_INDEXED, "UPDATE account SET words_due = 0 WHERE id = ?1")

#endif
