-- Interest in listings, and what came of it.

-- One row an interest. Both parties' nodes hold it; seeker, owner: organisation of this node (account_organisation), 0 when
-- it is the other node's. peer: DID of the other node, '' when both are here. state, reached, reason, type, amount, day: what
-- its events come to (service/deal_fold.h). held_seeker, held_owner: events held of each side. asked: follow-ups asked for;
-- follow_at: when it is asked next how a signed one goes. followed: answers to that.
CREATE TABLE deal (
	id INTEGER PRIMARY KEY,
	deal_key BLOB NOT NULL UNIQUE,
	listing TEXT NOT NULL,
	from_listing TEXT NOT NULL,
	kind TEXT NOT NULL,
	industry TEXT NOT NULL,
	title TEXT NOT NULL,
	seeker INTEGER NOT NULL,
	seeker_name TEXT NOT NULL,
	seeker_code TEXT NOT NULL,
	seeker_city TEXT NOT NULL,
	owner INTEGER NOT NULL,
	owner_name TEXT NOT NULL,
	owner_code TEXT NOT NULL,
	owner_city TEXT NOT NULL,
	peer TEXT NOT NULL,
	state TEXT NOT NULL,
	reached INTEGER NOT NULL,
	reason TEXT NOT NULL,
	type TEXT NOT NULL,
	amount INTEGER NOT NULL,
	day TEXT NOT NULL,
	signed_at INTEGER NOT NULL,
	clock INTEGER NOT NULL,
	held_seeker INTEGER NOT NULL,
	held_owner INTEGER NOT NULL,
	asked INTEGER NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	follow_at INTEGER NOT NULL DEFAULT 0,
	followed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX deal_seeker ON deal (seeker, id) WHERE seeker > 0;
CREATE INDEX deal_open ON deal (listing, seeker_code) WHERE state IN ('interest', 'contact', 'negotiation');
CREATE INDEX deal_follow ON deal (follow_at) WHERE state = 'signed' AND asked < 2;

-- What all deals come to, by whatever totals are asked for: industry is its first letter, cities are that of who asked, a
-- space, and that of who was asked. Kept as deals go on, for anyone may ask for totals and nobody may make them be counted.
CREATE TABLE deal_total (
	kind TEXT NOT NULL,
	industry TEXT NOT NULL,
	cities TEXT NOT NULL,
	deals INTEGER NOT NULL,
	contact INTEGER NOT NULL,
	negotiation INTEGER NOT NULL,
	signed INTEGER NOT NULL,
	followed INTEGER NOT NULL,
	unsuccessful INTEGER NOT NULL,
	amount INTEGER NOT NULL,
	PRIMARY KEY (kind, industry, cities)
) WITHOUT ROWID;
CREATE TRIGGER deal_begun AFTER INSERT ON deal BEGIN
	INSERT INTO deal_total VALUES (NEW.kind, substr(NEW.industry, 1, 1), NEW.seeker_city || ' ' || NEW.owner_city, 1,
		NEW.reached >= 2, NEW.reached >= 3, NEW.reached >= 4, NEW.followed > 0,
		NEW.state IN ('unsuccessful', 'declined', 'called-off'), iif(NEW.reached >= 4, NEW.amount, 0))
		ON CONFLICT DO UPDATE SET deals = deals + 1, contact = contact + excluded.contact,
		negotiation = negotiation + excluded.negotiation, signed = signed + excluded.signed,
		followed = followed + excluded.followed, unsuccessful = unsuccessful + excluded.unsuccessful, amount = amount + excluded.amount;
END;
CREATE TRIGGER deal_went_on AFTER UPDATE OF state, reached, amount, followed ON deal BEGIN
	UPDATE deal_total SET contact = contact + (NEW.reached >= 2) - (OLD.reached >= 2),
		negotiation = negotiation + (NEW.reached >= 3) - (OLD.reached >= 3),
		signed = signed + (NEW.reached >= 4) - (OLD.reached >= 4),
		followed = followed + (NEW.followed > 0) - (OLD.followed > 0),
		unsuccessful = unsuccessful + (NEW.state IN ('unsuccessful', 'declined', 'called-off')) -
			(OLD.state IN ('unsuccessful', 'declined', 'called-off')),
		amount = amount + iif(NEW.reached >= 4, NEW.amount, 0) - iif(OLD.reached >= 4, OLD.amount, 0)
		WHERE kind = NEW.kind AND industry = substr(NEW.industry, 1, 1) AND
		cities = NEW.seeker_city || ' ' || NEW.owner_city;
END;

-- What was said, in the order of (clock, side: 1 the listing's owner before 0 the seeker). body: JSON without personal data.
CREATE TABLE deal_event (
	deal INTEGER NOT NULL,
	side INTEGER NOT NULL,
	number INTEGER NOT NULL,
	clock INTEGER NOT NULL,
	time INTEGER NOT NULL,
	word TEXT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (deal, side, number)
) WITHOUT ROWID;

-- The person of each side; nowhere else. account: who gave it, 0 of the other node. agreed: when they agreed, 0 not.
CREATE TABLE deal_contact (
	deal INTEGER NOT NULL,
	side INTEGER NOT NULL,
	account INTEGER NOT NULL,
	name TEXT NOT NULL,
	phone TEXT NOT NULL,
	mail TEXT NOT NULL,
	agreed INTEGER NOT NULL,
	PRIMARY KEY (deal, side)
) WITHOUT ROWID;
CREATE INDEX deal_contact_account ON deal_contact (account) WHERE account > 0;

-- Own events that the other node has not taken yet, in the order they happened. problem: why it refused for good.
CREATE TABLE deal_outbox (
	id INTEGER PRIMARY KEY,
	peer TEXT NOT NULL,
	deal INTEGER NOT NULL,
	side INTEGER NOT NULL,
	number INTEGER NOT NULL,
	problem TEXT NOT NULL
);
CREATE INDEX deal_outbox_due ON deal_outbox (peer, id) WHERE problem = '';
CREATE INDEX deal_outbox_deal ON deal_outbox (deal);
