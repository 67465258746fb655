-- The alliance of two cities: what its statements say, and what waits to become one.

-- A row a statement of kind alliance, of either city. record: membership, motion, tally, group, seat, chair or minutes. code,
-- name, kind: the organisation it is about. about: motion of a tally, group of a seat, chair or minutes, else empty. until: when a
-- vote closes. ended: when it was withdrawn, 0 not. counted: when this node closed a vote, so that it takes none any more; 0 not yet.
-- body: its subject. origin '': of this node.
CREATE TABLE alliance_record (
	seq INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	idx INTEGER NOT NULL,
	issuer TEXT NOT NULL,
	record TEXT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	about BLOB NOT NULL,
	title TEXT NOT NULL,
	time INTEGER NOT NULL,
	until INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	counted INTEGER NOT NULL,
	digest BLOB NOT NULL,
	body TEXT NOT NULL,
	UNIQUE (id_key, origin)
);
CREATE INDEX alliance_record_of ON alliance_record (record, ended, seq);
CREATE INDEX alliance_record_code ON alliance_record (record, code, ended);
CREATE INDEX alliance_record_about ON alliance_record (about, record, ended) WHERE about <> x'';
CREATE INDEX alliance_record_until ON alliance_record (until) WHERE record = 'motion';
CREATE INDEX alliance_record_due ON alliance_record (until) WHERE record = 'motion' AND counted = 0 AND ended = 0;
CREATE INDEX alliance_record_motion ON alliance_record (seq) WHERE record = 'motion';

-- Who asked to join. state: waiting, confirmed, refused.
CREATE TABLE alliance_application (
	id INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	account INTEGER NOT NULL,
	charter BLOB NOT NULL,
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	created INTEGER NOT NULL,
	decided INTEGER NOT NULL
);
CREATE INDEX alliance_application_of ON alliance_application (organisation, id);
CREATE UNIQUE INDEX alliance_application_one ON alliance_application (organisation) WHERE state = 'waiting';
CREATE INDEX alliance_application_waiting ON alliance_application (id) WHERE state = 'waiting';

-- Votes of this node's members, until and after they are counted. motion: seq of alliance_record.
CREATE TABLE alliance_vote (
	motion INTEGER NOT NULL,
	code TEXT NOT NULL,
	choice TEXT NOT NULL,
	account INTEGER NOT NULL,
	time INTEGER NOT NULL,
	PRIMARY KEY (motion, code)
) WITHOUT ROWID;

-- Statements to be issued; the projection of each takes its row away. kind: alliance or status.
CREATE TABLE alliance_issue (
	id INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	record TEXT NOT NULL,
	code TEXT NOT NULL,
	about BLOB NOT NULL,
	subject TEXT NOT NULL
);
CREATE INDEX alliance_issue_of ON alliance_issue (record, code);

-- Minutes being written. about: the group, empty for the alliance. statement: once approved.
CREATE TABLE alliance_draft (
	id INTEGER PRIMARY KEY,
	about BLOB NOT NULL,
	organisation INTEGER NOT NULL,
	account INTEGER NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	revision INTEGER NOT NULL,
	statement BLOB NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL
);
CREATE INDEX alliance_draft_of ON alliance_draft (organisation, id) WHERE statement = x'';
CREATE INDEX alliance_draft_open ON alliance_draft (id) WHERE statement = x'';
