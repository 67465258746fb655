-- Rows of peer/.

-- One row a log this node witnesses: the largest tree it has cosigned, and that checkpoint with the
-- log's line and ours. Changed only by compare-and-set, before the cosignature leaves the node.
CREATE TABLE witness (
	origin TEXT PRIMARY KEY,
	size INTEGER NOT NULL,
	root BLOB NOT NULL,
	note TEXT NOT NULL
) WITHOUT ROWID;

-- Mirrored receipts whose body anyone may have (disclosure 0): peer/ fetches those that lack it.
CREATE INDEX mirror_statement_open ON mirror_statement (place) WHERE disclosure = 0;
