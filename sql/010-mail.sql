-- Mail of notices: what each account wants, and what waits to be sent.

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
CREATE INDEX outbox_due ON outbox (due);
CREATE INDEX outbox_created ON outbox (created);
