-- Lists of bookings and deals: an index an order, and words to search (fed in the background, see 012-tables.sql).

-- A key of an order is text: seconds with leading zeros.
ALTER TABLE booking ADD COLUMN begins_key TEXT NOT NULL GENERATED ALWAYS AS (printf('%012d', begins)) VIRTUAL;
ALTER TABLE booking ADD COLUMN words_due INTEGER NOT NULL DEFAULT 1;
DROP INDEX booking_of;
DROP INDEX booking_for;
CREATE INDEX booking_of_by_seq ON booking (organisation, state);
CREATE INDEX booking_of_by_begins ON booking (organisation, state, begins_key);
CREATE INDEX booking_for_by_seq ON booking (owner, state);
CREATE INDEX booking_for_by_begins ON booking (owner, state, begins_key);
CREATE INDEX booking_words_due ON booking (id) WHERE words_due = 1;
-- marks: 'o' the organisation that asked, 'r' the facility's owner.
CREATE VIRTUAL TABLE booking_words USING fts5 (words, marks, detail='full', prefix='1 2 3 4',
	tokenize="unicode61");

-- One row a deal and side that is an organisation of this node: what its list is filtered and ordered by.
-- side: 'given', 'received'.
CREATE TABLE deal_side (
	id INTEGER PRIMARY KEY,
	deal INTEGER NOT NULL,
	organisation INTEGER NOT NULL,
	side TEXT NOT NULL,
	state TEXT NOT NULL,
	kind TEXT NOT NULL,
	changed_key TEXT NOT NULL,
	words_due INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX deal_side_of ON deal_side (deal);
CREATE INDEX deal_side_by_seq ON deal_side (organisation, side, state);
CREATE INDEX deal_side_by_changed ON deal_side (organisation, side, state, changed_key);
CREATE INDEX deal_side_kind_by_seq ON deal_side (organisation, side, state, kind);
CREATE INDEX deal_side_kind_by_changed ON deal_side (organisation, side, state, kind, changed_key);
CREATE INDEX deal_side_words_due ON deal_side (id) WHERE words_due = 1;
CREATE VIRTUAL TABLE deal_side_words USING fts5 (words, marks, detail='full', prefix='1 2 3 4',
	tokenize="unicode61");
INSERT INTO deal_side (deal, organisation, side, state, kind, changed_key)
	SELECT id, seeker, 'given', state, kind, printf('%012d', changed) FROM deal WHERE seeker > 0 ORDER BY id;
INSERT INTO deal_side (deal, organisation, side, state, kind, changed_key)
	SELECT id, owner, 'received', state, kind, printf('%012d', changed) FROM deal WHERE owner > 0 ORDER BY id;
CREATE TRIGGER deal_added AFTER INSERT ON deal BEGIN
	INSERT INTO deal_side (deal, organisation, side, state, kind, changed_key)
		SELECT NEW.id, NEW.seeker, 'given', NEW.state, NEW.kind, printf('%012d', NEW.changed) WHERE NEW.seeker > 0;
	INSERT INTO deal_side (deal, organisation, side, state, kind, changed_key)
		SELECT NEW.id, NEW.owner, 'received', NEW.state, NEW.kind, printf('%012d', NEW.changed) WHERE NEW.owner > 0;
END;
CREATE TRIGGER deal_changed AFTER UPDATE OF state, changed ON deal BEGIN
	UPDATE deal_side SET state = NEW.state, changed_key = printf('%012d', NEW.changed) WHERE deal = NEW.id;
END;

-- What an organisation's calendar of bookings shows.
CREATE INDEX booking_active_of ON booking (organisation, ends) WHERE state IN ('requested', 'confirmed', 'changed');
CREATE INDEX booking_active_for ON booking (owner, ends) WHERE state IN ('requested', 'confirmed', 'changed');
