-- Evidence: files by digest, the statements that name them, what is to be fetched, recomputations.

-- Files held in the folder evidence/.
CREATE TABLE evidence (
	seq INTEGER PRIMARY KEY,
	digest BLOB NOT NULL UNIQUE,
	bytes INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	time INTEGER NOT NULL
);

-- Which report names a file, itself or by its evaluation: who may read the one may have the other.
CREATE TABLE evidence_of (
	digest BLOB NOT NULL,
	report_key BLOB NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	PRIMARY KEY (report_key, digest)
) WITHOUT ROWID;
CREATE INDEX evidence_of_digest ON evidence_of (digest);

-- Files to be fetched from a peer: 'waiting', or 'refused' with the reason.
CREATE TABLE evidence_want (
	digest BLOB PRIMARY KEY,
	origin TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	state TEXT NOT NULL,
	problem TEXT NOT NULL
) WITHOUT ROWID;

-- Statements of recomputation, own and admitted, by the report they are about.
CREATE TABLE recomputation (
	id_key BLOB PRIMARY KEY,
	report_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	issuer TEXT NOT NULL,
	result TEXT NOT NULL,
	time INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX recomputation_of ON recomputation (report_key, time);
