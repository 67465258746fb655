-- What lists need so that each page of theirs is a walk along an index, and no row needs its statement's body.

-- list_word: the state as far as changes of status say it; a decision is also 'affected' when something it rests on
-- changed. list_facts: what is open of it (a report: its facts; a decision: that part of its subject), as JSON; '' for
-- rows older than this step. list_until: from then on it is expired.
ALTER TABLE report ADD COLUMN list_word TEXT NOT NULL DEFAULT 'valid';
ALTER TABLE report ADD COLUMN list_until INTEGER NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE report ADD COLUMN list_facts TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN list_word TEXT NOT NULL DEFAULT 'valid';
ALTER TABLE decision ADD COLUMN list_until INTEGER NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE decision ADD COLUMN list_facts TEXT NOT NULL DEFAULT '';

-- The word of a decision now: its own status, else that of what it rests on.
CREATE VIEW decision_word AS
	SELECT decision.seq AS seq, CASE
		WHEN status.word IS NOT NULL AND status.word <> 'valid' THEN status.word
		WHEN EXISTS (SELECT 1 FROM decision_input JOIN status AS input ON input.id_key = input_key
			AND input.word <> 'valid' WHERE decision_key = decision.id_key) THEN 'affected'
		ELSE 'valid' END AS word
	FROM decision LEFT JOIN status ON status.id_key = decision.id_key;

-- How many tests recognition has saved: items and decisions of this node that are valid.
CREATE TABLE decision_saved (id INTEGER PRIMARY KEY, items INTEGER NOT NULL, decisions INTEGER NOT NULL);
INSERT INTO decision_saved SELECT 1, ifnull(sum(recognised + covered), 0), count(*) FROM decision
	WHERE origin = '';

-- What was changed, with over 500 decisions resting on it (an agreement, say): the rest of their words follow in steps
-- in the background, so that no one write holds up all others. behind: the last decision whose word is right.
CREATE TABLE decision_due (input_key BLOB PRIMARY KEY, behind BLOB) WITHOUT ROWID;

CREATE TRIGGER decision_word_changed AFTER UPDATE OF list_word ON decision
WHEN NEW.origin = '' AND OLD.list_word <> NEW.list_word BEGIN
	UPDATE decision_saved SET
		items = items + (NEW.recognised + NEW.covered) * ((NEW.list_word = 'valid') - (OLD.list_word = 'valid')),
		decisions = decisions + (NEW.list_word = 'valid') - (OLD.list_word = 'valid');
END;
CREATE TRIGGER decision_added AFTER INSERT ON decision BEGIN
	UPDATE decision_saved SET items = items + NEW.recognised + NEW.covered, decisions = decisions + 1
		WHERE NEW.origin = '';
	UPDATE decision SET list_word = (SELECT word FROM decision_word WHERE decision_word.seq = NEW.seq)
		WHERE seq = NEW.seq AND list_word <> (SELECT word FROM decision_word WHERE decision_word.seq = NEW.seq);
END;
CREATE TRIGGER report_added AFTER INSERT ON report
WHEN EXISTS (SELECT 1 FROM status WHERE id_key = NEW.id_key) BEGIN
	UPDATE report SET list_word = (SELECT word FROM status WHERE id_key = NEW.id_key) WHERE seq = NEW.seq;
END;
CREATE TRIGGER status_added AFTER INSERT ON status BEGIN
	UPDATE report SET list_word = NEW.word WHERE id_key = NEW.id_key;
	UPDATE decision SET list_word = (SELECT word FROM decision_word WHERE decision_word.seq = decision.seq)
		WHERE id_key = NEW.id_key;
	UPDATE decision SET list_word = (SELECT word FROM decision_word WHERE decision_word.seq = decision.seq)
		WHERE id_key IN (SELECT decision_key FROM decision_input WHERE input_key = NEW.id_key
		ORDER BY decision_key LIMIT 500);
	INSERT OR REPLACE INTO decision_due SELECT NEW.id_key, decision_key FROM decision_input
		WHERE input_key = NEW.id_key ORDER BY decision_key LIMIT 1 OFFSET 499;
END;
UPDATE report SET list_word = (SELECT word FROM status WHERE status.id_key = report.id_key)
	WHERE id_key IN (SELECT id_key FROM status);
UPDATE decision SET list_word = (SELECT word FROM decision_word WHERE decision_word.seq = decision.seq);

-- One index an order. An order without its filter walks the index once for each city and word and merges.
CREATE INDEX report_by_seq ON report (origin, list_word);
CREATE INDEX report_by_number ON report (origin, list_word, number);
CREATE INDEX report_by_lab ON report (origin, list_word, lab_name);
CREATE INDEX decision_by_seq ON decision (origin, list_word);
CREATE INDEX organisation_by_seq ON organisation (origin, role);
CREATE INDEX organisation_by_name ON organisation (origin, role, name);
CREATE INDEX account_by_display ON account (display);
CREATE INDEX account_of_by_display ON account (organisation, display);
DROP INDEX audit_action;
DROP INDEX audit_actor;
CREATE INDEX audit_by_action ON audit (action, result);
CREATE INDEX audit_by_actor ON audit (actor, action, result);

-- Words to search, fed in the background. marks: whole filters (city, role, organisation) as words, so that a
-- filtered search does not read the others' rows. prefix: beginnings of up to four characters are looked up, not
-- gathered from all words that begin so.
DROP TABLE report_words;
CREATE VIRTUAL TABLE report_words USING fts5 (words, marks, content='', detail='full', prefix='1 2 3 4',
	tokenize="unicode61");
UPDATE report_words_mark SET upto = 0;
CREATE VIRTUAL TABLE decision_words USING fts5 (words, marks, content='', detail='full', prefix='1 2 3 4',
	tokenize="unicode61");
CREATE TABLE decision_words_mark (id INTEGER PRIMARY KEY, upto INTEGER NOT NULL);
INSERT INTO decision_words_mark VALUES (1, 0);
-- Names of these change: words_due 1 says that they are to be taken again.
CREATE VIRTUAL TABLE organisation_words USING fts5 (words, marks, detail='full', prefix='1 2 3 4',
	tokenize="unicode61");
ALTER TABLE organisation ADD COLUMN words_due INTEGER NOT NULL DEFAULT 1;
CREATE INDEX organisation_words_due ON organisation (seq) WHERE words_due = 1;
CREATE VIRTUAL TABLE account_words USING fts5 (words, marks, detail='full', prefix='1 2 3 4',
	tokenize="unicode61");
ALTER TABLE account ADD COLUMN words_due INTEGER NOT NULL DEFAULT 1;
CREATE INDEX account_words_due ON account (id) WHERE words_due = 1;

-- Of tables that came before.
CREATE INDEX evidence_want_waiting ON evidence_want (digest) WHERE state = 'waiting';
CREATE INDEX membership_of ON membership (organisation, role);
