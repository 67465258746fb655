-- Members of both cities: who has a profile published, or is known from a DID document. A projection.

-- code: the registered code; of an authority the domain of its node. did: '' when only the profile is known.
-- profile: key of the listing, NULL when only the DID document is known. regions, industries: codes, a space between.
-- words: what a search finds, with a word "r500118" a region and "iC36" an industry.
CREATE TABLE member (
	seq INTEGER PRIMARY KEY,
	code TEXT NOT NULL,
	origin TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	did TEXT NOT NULL,
	profile BLOB,
	regions TEXT NOT NULL,
	industries TEXT NOT NULL,
	until INTEGER NOT NULL,
	time INTEGER NOT NULL,
	words TEXT NOT NULL,
	words_due INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX member_code ON member (code, origin);
CREATE UNIQUE INDEX member_profile ON member (profile, origin) WHERE profile IS NOT NULL;
CREATE INDEX member_by_seq ON member (origin, kind);
CREATE INDEX member_by_name ON member (origin, kind, name);
CREATE INDEX member_regions ON member (regions) WHERE regions <> '';
CREATE INDEX member_words_due ON member (seq) WHERE words_due = 1;
CREATE VIRTUAL TABLE member_words USING fts5 (words, marks, detail='full', prefix='1 2 3 4',
	tokenize="unicode61");

INSERT INTO member (code, origin, name, kind, did, regions, industries, until, time, words)
	SELECT iif(code = '', substr(did, 9), code), origin, name, role, did, '', '', 0, min(time), name || ' ' || code
	FROM organisation WHERE true GROUP BY iif(code = '', substr(did, 9), code), origin;

CREATE TRIGGER member_known AFTER INSERT ON organisation BEGIN
	INSERT INTO member (code, origin, name, kind, did, regions, industries, until, time, words)
		VALUES (iif(NEW.code = '', substr(NEW.did, 9), NEW.code), NEW.origin, NEW.name, NEW.role, NEW.did, '', '',
		0, NEW.time, NEW.name || ' ' || NEW.code)
		ON CONFLICT (code, origin) DO UPDATE SET did = excluded.did;
END;
CREATE TRIGGER member_renamed AFTER UPDATE OF name, role ON organisation BEGIN
	UPDATE member SET name = NEW.name, kind = NEW.role, words = NEW.name || ' ' || NEW.code, words_due = 1
		WHERE did = NEW.did AND origin = NEW.origin AND profile IS NULL
		AND (name <> NEW.name OR kind <> NEW.role);
END;

-- What is a person's, and lines about them, for their export; the target of an 'access' is an address.
CREATE INDEX listing_work_author ON listing_work (author, id);
CREATE INDEX file_entry_account ON file_entry (account, seq);
CREATE INDEX audit_target ON audit (json_extract(line, '$.target')) WHERE action <> 'access';

-- Until which end its people were reminded of it.
ALTER TABLE listing_work ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
