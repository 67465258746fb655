-- The ledger's tables. Two kinds of rows: what the tlog stands for (statement, body, and their mirrored
-- twins), and the few rows that say where each log stands (edge, checkpoint, mirror ...).
-- Whole numbers of kind, disclosure and level are those of the code (ledger/rows.h pins them).

-- Single facts by name: "restored" (backup put back, nothing confirmed yet), "alarm" (why signing stopped).
CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

-- Issuers' DIDs once, so that a statement row stays small.
CREATE TABLE issuer (
	id INTEGER PRIMARY KEY,
	did TEXT NOT NULL UNIQUE
);

-- One row an entry of the own tlog; idx is its index. The receipt is rebuilt from the row.
CREATE TABLE statement (
	idx INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL,
	digest BLOB NOT NULL,
	kind INTEGER NOT NULL,
	disclosure INTEGER NOT NULL,
	issuer INTEGER NOT NULL,
	time INTEGER NOT NULL
);
CREATE UNIQUE INDEX statement_id ON statement (id_key);

CREATE TABLE body (
	idx INTEGER PRIMARY KEY,
	bytes BLOB NOT NULL,
	jws TEXT
);

-- Right edge of the own tlog's tiles from level 1 up: hashes whose tile is not a durable file yet.
-- (Level 0 is the statement rows themselves.)
CREATE TABLE edge (
	level INTEGER NOT NULL,
	position INTEGER NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (level, position)
) WITHOUT ROWID;

-- id 1: the latest own checkpoint; id 2: the latest own one that a witness has cosigned, with its lines.
-- files_size: all full tiles and bundles of the first files_size entries are durable files.
CREATE TABLE checkpoint (
	id INTEGER PRIMARY KEY,
	size INTEGER NOT NULL,
	note TEXT NOT NULL,
	files_size INTEGER NOT NULL
);

-- One row a mirrored log. size: entries here; checkpoint: newest note whose entries are all here;
-- pending: the note the entries past it were proven against. After a fork both signed heads stand here.
CREATE TABLE mirror (
	id INTEGER PRIMARY KEY,
	origin TEXT NOT NULL UNIQUE,
	size INTEGER NOT NULL,
	checkpoint_size INTEGER NOT NULL,
	checkpoint TEXT NOT NULL,
	pending TEXT NOT NULL,
	fork_ours TEXT NOT NULL,
	fork_theirs TEXT NOT NULL
);

-- Entries of a mirror's last, not yet full bundle; right edge of its tiles from level 1 up.
CREATE TABLE mirror_entry (
	place INTEGER PRIMARY KEY,
	entry BLOB NOT NULL
);
CREATE TABLE mirror_edge (
	mirror INTEGER NOT NULL,
	level INTEGER NOT NULL,
	position INTEGER NOT NULL,
	hash BLOB NOT NULL,
	PRIMARY KEY (mirror, level, position)
) WITHOUT ROWID;

-- One row a mirrored receipt; place = mirror.id * 2^40 + index. An entry that is no receipt has none.
CREATE TABLE mirror_statement (
	place INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL,
	digest BLOB NOT NULL,
	kind INTEGER NOT NULL,
	disclosure INTEGER NOT NULL,
	issuer INTEGER NOT NULL,
	time INTEGER NOT NULL
);
-- Ids are random: in one index over all, each row of a batch would touch a page of its own. In parts of
-- 2^18 entries a batch touches pages of the last part only; a search looks into each part.
CREATE INDEX mirror_statement_id ON mirror_statement (place >> 18, id_key);

-- Bodies that the door let in.
CREATE TABLE mirror_body (
	place INTEGER PRIMARY KEY,
	bytes BLOB NOT NULL,
	jws TEXT
);

-- Which statements speak about a subject (a DID; for a status, the target's id): DID documents,
-- accreditations, agreements (a row for each party), statuses. mirror 0 is the own log.
CREATE TABLE about (
	kind INTEGER NOT NULL,
	subject TEXT NOT NULL,
	time INTEGER NOT NULL,
	mirror INTEGER NOT NULL,
	idx INTEGER NOT NULL,
	PRIMARY KEY (kind, subject, time, mirror, idx)
) WITHOUT ROWID;
