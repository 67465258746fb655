-- Files of organisations: what is being received, what each has, what refers to it, who read it.

-- A resumable upload; its bytes are evidence/uploads/<id>, how far it came is that file's length. whole 1: all
-- of it is here. digest: it has become a file; told for a day to who did not hear of it.
CREATE TABLE upload (
	id TEXT PRIMARY KEY,
	organisation INTEGER NOT NULL,
	account TEXT NOT NULL,
	address TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	metadata TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	whole INTEGER NOT NULL,
	digest BLOB
) WITHOUT ROWID;
CREATE INDEX upload_of ON upload (organisation, digest, id);
CREATE INDEX upload_coming ON upload (digest, id);
CREATE INDEX upload_expires ON upload (expires);

-- A file as one organisation has it; the same bytes of another organisation are a row of their own. scan: waiting,
-- clean, infected, not-scanned. part: name in evidence/uploads/ while it waits, else ''.
CREATE TABLE file_entry (
	seq INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	digest BLOB NOT NULL,
	bytes INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	account TEXT NOT NULL,
	time INTEGER NOT NULL,
	scan TEXT NOT NULL,
	scanned INTEGER NOT NULL,
	part TEXT NOT NULL
);
CREATE UNIQUE INDEX file_entry_of ON file_entry (organisation, digest);
CREATE INDEX file_entry_digest ON file_entry (digest);
CREATE INDEX file_entry_time ON file_entry (organisation, seq);
CREATE INDEX file_entry_name ON file_entry (organisation, name, seq);
-- With all that the sum of an organisation's files asks for.
CREATE INDEX file_entry_bytes ON file_entry (organisation, bytes, seq, scan);
CREATE INDEX file_entry_waiting ON file_entry (seq) WHERE scan = 'waiting';

-- Files that are held only because organisations handed them in: they go when the last one lets go of them.
CREATE TABLE file_held (
	digest BLOB PRIMARY KEY
) WITHOUT ROWID;

-- What refers to a file: a report by its issuer's DID, a thing of this node's own by its organisation (else 0).
CREATE TABLE file_use (
	digest BLOB NOT NULL,
	kind TEXT NOT NULL,
	ref TEXT NOT NULL,
	organisation INTEGER NOT NULL,
	issuer TEXT NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (digest, kind, ref)
) WITHOUT ROWID;
CREATE INDEX file_use_of ON file_use (ref) WHERE issuer = '';

-- One row a download, for the organisation whose file it was.
CREATE TABLE file_access (
	seq INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	digest BLOB NOT NULL,
	time INTEGER NOT NULL,
	reader TEXT NOT NULL,
	address TEXT NOT NULL,
	range_from INTEGER NOT NULL,
	range_bytes INTEGER NOT NULL
);
CREATE INDEX file_access_of ON file_access (organisation, digest, seq);
CREATE INDEX file_access_time ON file_access (time);
