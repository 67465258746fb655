-- Facilities that are opened to be booked, their bookings and the addresses of their calendars.

-- One row a facility: of this node (origin '') as its owner set it, or of a peer as that told it. opening: JSON
-- (matching/opening.h). busy: only of a peer, JSON [[begin, end], ...]. revision goes up with every change of opening or bookings.
CREATE TABLE facility (
	listing_key BLOB PRIMARY KEY,
	origin TEXT NOT NULL,
	organisation INTEGER NOT NULL,
	opening TEXT NOT NULL,
	busy TEXT NOT NULL,
	revision INTEGER NOT NULL,
	changed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX facility_own ON facility (origin, listing_key);
-- Which revision a peer knows.
CREATE TABLE facility_told (
	listing_key BLOB NOT NULL,
	peer TEXT NOT NULL,
	revision INTEGER NOT NULL,
	PRIMARY KEY (listing_key, peer)
) WITHOUT ROWID;

-- One row a booking. origin: of the node of the facility, which decides ('' is this one); guest: domain of the node of who
-- asked ('' is this one). owner and organisation are rows of account_organisation, 0 when they are of the other node.
-- held: the state before a change was proposed; new_begins, new_ends, proposer ('owner', 'guest') belong to the proposal.
-- out: what this node still has to tell the deciding node, JSON, '' when nothing. told: revision that the guest's node knows.
CREATE TABLE booking (
	id INTEGER PRIMARY KEY,
	booking_key BLOB NOT NULL UNIQUE,
	listing_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	guest TEXT NOT NULL,
	owner INTEGER NOT NULL,
	organisation INTEGER NOT NULL,
	account INTEGER NOT NULL,
	guest_name TEXT NOT NULL,
	guest_code TEXT NOT NULL,
	title TEXT NOT NULL,
	item TEXT NOT NULL,
	purpose TEXT NOT NULL,
	contact TEXT NOT NULL,
	phone TEXT NOT NULL,
	begins INTEGER NOT NULL,
	ends INTEGER NOT NULL,
	state TEXT NOT NULL,
	held TEXT NOT NULL,
	reason TEXT NOT NULL,
	proposer TEXT NOT NULL,
	new_begins INTEGER NOT NULL,
	new_ends INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	told INTEGER NOT NULL,
	out TEXT NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL
);
CREATE INDEX booking_of ON booking (organisation, id);
CREATE INDEX booking_for ON booking (owner, id);
CREATE INDEX booking_busy ON booking (listing_key, ends) WHERE state IN ('requested', 'confirmed', 'changed');
CREATE INDEX booking_out ON booking (origin, id) WHERE out <> '';
CREATE INDEX booking_untold ON booking (guest, id) WHERE guest <> '' AND told < revision;
-- Answers to what another node asked, so that asking again changes nothing.
CREATE TABLE booking_answer (
	message BLOB PRIMARY KEY,
	peer TEXT NOT NULL,
	answer TEXT NOT NULL,
	time INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX booking_answer_old ON booking_answer (time);

-- Secret addresses of calendars: of an organisation (listing_key x'') or of one of its facilities.
CREATE TABLE booking_feed (
	organisation INTEGER NOT NULL,
	listing_key BLOB NOT NULL,
	token BLOB NOT NULL UNIQUE,
	created INTEGER NOT NULL,
	PRIMARY KEY (organisation, listing_key)
) WITHOUT ROWID;

-- Items that published facilities name.
CREATE TABLE facility_item (
	item TEXT NOT NULL,
	listing_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	PRIMARY KEY (item, listing_key, origin)
) WITHOUT ROWID;
CREATE INDEX facility_item_of ON facility_item (listing_key, origin);
