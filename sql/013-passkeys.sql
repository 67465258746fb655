-- Passkeys: second factors held by devices. public is the key as libfido2 takes it; counter is the last that the
-- device told (0: it counts nothing); used 0: never yet; attestation says what the device said of itself.
CREATE TABLE passkey (
	id INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	credential BLOB NOT NULL UNIQUE,
	algorithm INTEGER NOT NULL,
	public BLOB NOT NULL,
	counter INTEGER NOT NULL,
	name TEXT NOT NULL,
	attestation TEXT NOT NULL,
	created INTEGER NOT NULL,
	used INTEGER NOT NULL
);
CREATE INDEX passkey_of ON passkey (account, id);
-- A challenge works once: none issued at or before this time (microseconds) is taken any more.
CREATE TABLE passkey_floor (
	account INTEGER PRIMARY KEY,
	issued INTEGER NOT NULL
);
