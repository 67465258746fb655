-- What the authority keeps: its accreditations by date, and acts that one person prepares and another confirms.

-- Own accreditations, a projection of their statements. Those of before are read from the bodies.
CREATE TABLE accreditation (
	id_key BLOB PRIMARY KEY,
	lab TEXT NOT NULL,
	valid_from INTEGER NOT NULL,
	valid_until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX accreditation_until ON accreditation (valid_until, id_key);
INSERT INTO accreditation SELECT id_key, subject, unixepoch(json_extract(CAST(bytes AS TEXT), '$.validFrom')),
	ifnull(unixepoch(json_extract(CAST(bytes AS TEXT), '$.validUntil')), 9223372036854775807)
	FROM about JOIN statement ON statement.idx = about.idx JOIN body ON body.idx = about.idx
	WHERE about.kind = 1 AND mirror = 0;

-- An act of the authority that one person prepares and another confirms. state: waiting, confirmed (being
-- carried out), done, failed, refused, taken-back, lapsed. statement: id of what it publishes, fixed when it
-- is prepared, so that carrying it out again publishes nothing twice. said: why it was refused or failed.
CREATE TABLE prepared_act (
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	request TEXT NOT NULL,
	statement TEXT NOT NULL,
	state TEXT NOT NULL,
	account INTEGER NOT NULL,
	prepared INTEGER NOT NULL,
	second INTEGER NOT NULL,
	decided INTEGER NOT NULL,
	said TEXT NOT NULL
);
CREATE INDEX prepared_act_waiting ON prepared_act (id) WHERE state IN ('waiting', 'confirmed');
