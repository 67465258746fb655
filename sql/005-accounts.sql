-- People: organisations that work on this node, accounts, their roles and sessions, and the audit trail.
-- Nothing here is a statement. Tokens and codes stand only as digests; TOTP secrets are sealed under
-- keys/seal; passwords are Argon2id texts.

-- Organisations as this node's pages know them. id 1 is the authority itself. Its DID document, if it has
-- one, is a statement of its own.
CREATE TABLE account_organisation (
	id INTEGER PRIMARY KEY,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT NOT NULL,
	check_holds INTEGER NOT NULL,
	reason TEXT NOT NULL,
	created INTEGER NOT NULL,
	decided INTEGER NOT NULL,
	decided_by TEXT NOT NULL
);
-- One that was refused may register again.
CREATE UNIQUE INDEX account_organisation_code ON account_organisation (code) WHERE state <> 'refused';
CREATE INDEX account_organisation_waiting ON account_organisation (id) WHERE state = 'waiting';
INSERT INTO account_organisation VALUES (1, '', '', 'authority', 'confirmed', 1, '', 0, 0, '');

-- password '': the invitation was not taken yet. totp: sealed secret, NULL before enrolment.
CREATE TABLE account (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	display TEXT NOT NULL,
	organisation INTEGER NOT NULL,
	password TEXT NOT NULL,
	totp BLOB,
	totp_step INTEGER NOT NULL,
	locked INTEGER NOT NULL,
	created INTEGER NOT NULL,
	signed_in INTEGER NOT NULL
);
CREATE INDEX account_of ON account (organisation, name);

CREATE TABLE membership (
	account INTEGER NOT NULL,
	organisation INTEGER NOT NULL,
	role TEXT NOT NULL,
	since INTEGER NOT NULL,
	given_by TEXT NOT NULL,
	PRIMARY KEY (account, organisation, role)
) WITHOUT ROWID;

CREATE TABLE invitation (
	account INTEGER PRIMARY KEY,
	code BLOB NOT NULL UNIQUE,
	expires INTEGER NOT NULL
);

CREATE TABLE recovery_code (
	account INTEGER NOT NULL,
	code BLOB NOT NULL,
	PRIMARY KEY (account, code)
) WITHOUT ROWID;

-- stage: 1 second factor to be set up, 2 second factor to be shown, 3 signed in. pending: sealed TOTP secret
-- that is being set up. failures: wrong codes so far.
CREATE TABLE session (
	id INTEGER PRIMARY KEY,
	token BLOB NOT NULL UNIQUE,
	account INTEGER NOT NULL,
	stage INTEGER NOT NULL,
	created INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	confirmed INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	pending BLOB,
	address TEXT NOT NULL,
	agent TEXT NOT NULL
);
CREATE INDEX session_of ON session (account);
CREATE INDEX session_created ON session (created);

-- Failures that slow down: by account and address, by address, by account (second factor only).
CREATE TABLE attempt (
	key BLOB PRIMARY KEY,
	count INTEGER NOT NULL,
	last INTEGER NOT NULL,
	free_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX attempt_last ON attempt (last);

-- One line an action; digest = SHA-256(digest of the line before || line). The other columns repeat what
-- is in the line, for searching.
CREATE TABLE audit (
	seq INTEGER PRIMARY KEY,
	time INTEGER NOT NULL,
	action TEXT NOT NULL,
	result TEXT NOT NULL,
	actor TEXT NOT NULL,
	line TEXT NOT NULL,
	digest BLOB NOT NULL
);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE INDEX audit_time ON audit (time);
-- The last line that was taken off the beginning; the chain goes on from its digest.
CREATE TABLE audit_base (
	id INTEGER PRIMARY KEY,
	seq INTEGER NOT NULL,
	digest BLOB NOT NULL
);
INSERT INTO audit_base VALUES (1, 0, zeroblob(32));
