-- Recognition requests of accounts: the request with its documents, messages, clock, and the decision two people
-- make. Requests by the node's token stay in table request, which the work thread decides alone.

-- number: for people. title: the vehicle's model. text: the request without its documents (RFC 8785).
-- clock_*: working days left when it last began to run, on day clock_from; clock_due is the day it ends on (order
-- of the queue; 1000000000 while none runs). reminded: 1 due soon was told, 2 overdue too.
-- asked: what is missing, as JSON. prepared_*: who prepared it, when, and the digest of what was to be decided.
-- answer, reply: to an objection: kept or anew, and why.
-- before_key: the decision that a new one replaces after an objection.
CREATE TABLE dossier (
	id INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	account INTEGER NOT NULL,
	number TEXT NOT NULL,
	title TEXT NOT NULL,
	words TEXT NOT NULL,
	text TEXT NOT NULL,
	state TEXT NOT NULL,
	detail TEXT NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	clock_id TEXT NOT NULL,
	clock_set INTEGER NOT NULL,
	clock_stopped INTEGER NOT NULL,
	clock_from INTEGER NOT NULL,
	clock_left INTEGER NOT NULL,
	clock_due INTEGER NOT NULL,
	reminded INTEGER NOT NULL,
	asked TEXT NOT NULL,
	prepared_by INTEGER NOT NULL,
	prepared_at INTEGER NOT NULL,
	prepared_digest BLOB,
	answer TEXT NOT NULL,
	reply TEXT NOT NULL,
	decision_key BLOB,
	before_key BLOB
);
CREATE INDEX dossier_of ON dossier (organisation, id);
CREATE INDEX dossier_open ON dossier (clock_due, id) WHERE state NOT IN ('decided', 'failed');
CREATE INDEX dossier_closed ON dossier (clock_due, id) WHERE state IN ('decided', 'failed');
CREATE INDEX dossier_work ON dossier (state, id) WHERE state IN ('collecting', 'issuing');
CREATE INDEX dossier_clock ON dossier (id) WHERE clock_due < 1000000000;

-- What happened and what was said. side: company, authority, node. inner: for the authority only.
CREATE TABLE dossier_event (
	id INTEGER PRIMARY KEY,
	dossier INTEGER NOT NULL,
	time INTEGER NOT NULL,
	event TEXT NOT NULL,
	side TEXT NOT NULL,
	name TEXT NOT NULL,
	inner INTEGER NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX dossier_event_of ON dossier_event (dossier, id);

-- A request being written, by step; text is JSON with what was typed.
CREATE TABLE dossier_draft (
	id INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	account INTEGER NOT NULL,
	step INTEGER NOT NULL,
	text TEXT NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL
);
CREATE INDEX dossier_draft_of ON dossier_draft (organisation, id);

-- Files handed in: of a draft (dossier 0), then of the request. The newest of each document counts.
CREATE TABLE dossier_document (
	id INTEGER PRIMARY KEY,
	dossier INTEGER NOT NULL,
	draft INTEGER NOT NULL,
	document TEXT NOT NULL,
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	digest BLOB NOT NULL,
	valid_until TEXT NOT NULL,
	time INTEGER NOT NULL,
	by TEXT NOT NULL
);
CREATE INDEX dossier_document_of ON dossier_document (dossier, id);
CREATE INDEX dossier_document_draft ON dossier_document (draft, id);

-- Reports by whose they are: what a company sees as its vehicles.
CREATE INDEX report_holder ON report (holder, seq);
CREATE INDEX organisation_code ON organisation (code);
