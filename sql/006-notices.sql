-- Notices: what an account should know. read 0: not seen yet. word is of the catalogues' list "notice"; name says
-- what it is about, path is the page to go to.
CREATE TABLE notice (
	id INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	word TEXT NOT NULL,
	name TEXT NOT NULL,
	path TEXT NOT NULL,
	time INTEGER NOT NULL,
	read INTEGER NOT NULL
);
CREATE INDEX notice_of ON notice (account, id);
