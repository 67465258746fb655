-- Mail of notices: what each account wants, and what waits to be sent; accreditations by date, and acts that one
-- person prepares and another confirms.

-- Unread first, newest first; what is unread is counted on it too.
CREATE INDEX notice_order ON notice (account, read, id DESC);
CREATE INDEX notice_time ON notice (time);

-- address: confirmed, '' none yet. asked: a code was sent to it, '' none. mode: now, daily, off.
-- code: sealed under keys/seal. codes: how many were sent since codes_since. digested: when the last daily mail
-- was put.
CREATE TABLE mail_setting (
	account INTEGER PRIMARY KEY,
	address TEXT NOT NULL,
	asked TEXT NOT NULL,
	mode TEXT NOT NULL,
	language TEXT NOT NULL,
	code BLOB,
	code_time INTEGER NOT NULL,
	code_tries INTEGER NOT NULL,
	codes INTEGER NOT NULL,
	codes_since INTEGER NOT NULL,
	digested INTEGER NOT NULL
);
CREATE INDEX mail_setting_daily ON mail_setting (digested) WHERE mode = 'daily' AND address <> '';

-- what: notice, daily, code. about: the notice's id, or 0. message: left part of the Message-ID, the same at
-- each attempt.
CREATE TABLE outbox (
	id INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	what TEXT NOT NULL,
	address TEXT NOT NULL,
	about INTEGER NOT NULL,
	message TEXT NOT NULL,
	created INTEGER NOT NULL,
	due INTEGER NOT NULL,
	tries INTEGER NOT NULL
);
CREATE INDEX outbox_of ON outbox (account);
CREATE INDEX outbox_due ON outbox (due);
CREATE INDEX outbox_created ON outbox (created);

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
-- is prepared, so that carrying it out again publishes nothing twice. said: why it was refused or failed;
-- refusal: the word that pages say of the latter, or ''.
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
	said TEXT NOT NULL,
	refusal TEXT NOT NULL
);
CREATE INDEX prepared_act_waiting ON prepared_act (id) WHERE state IN ('waiting', 'confirmed');
CREATE INDEX prepared_act_of ON prepared_act (kind, request ->> '$.registeredId', id);
