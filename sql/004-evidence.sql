-- Evidence: files by digest, what is to be fetched, recomputations.

-- Files held in the folder evidence/.
CREATE TABLE evidence (
	seq INTEGER PRIMARY KEY,
	digest BLOB NOT NULL UNIQUE,
	bytes INTEGER NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	time INTEGER NOT NULL
);

-- Files to be fetched from a peer: 'waiting', or 'refused' with the reason. The statement names them.
CREATE TABLE evidence_want (
	digest BLOB PRIMARY KEY,
	origin TEXT NOT NULL,
	statement_key BLOB NOT NULL,
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
