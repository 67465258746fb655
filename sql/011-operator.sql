-- Rows of who runs the node: settings, forks that were forgiven, free space over time.

CREATE TABLE operator_setting (
	name TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;

-- Both signed heads of a log that forked, kept for ever when trust in it was restored: who, when, why.
CREATE TABLE fork_kept (
	id INTEGER PRIMARY KEY,
	origin TEXT NOT NULL,
	ours TEXT NOT NULL,
	theirs TEXT NOT NULL,
	size INTEGER NOT NULL,
	time INTEGER NOT NULL,
	actor TEXT NOT NULL,
	reason TEXT NOT NULL
);

-- Free bytes of the disk, once an hour; for the forecast.
CREATE TABLE disk_sample (
	time INTEGER PRIMARY KEY,
	free INTEGER NOT NULL
);
