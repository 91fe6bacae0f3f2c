-- Times are milliseconds since 1970 UTC. 0 means none, wherever 0 is no value.

CREATE TABLE meta (
	epoch  TEXT NOT NULL,
	secret BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
	id       INTEGER PRIMARY KEY,
	kind     TEXT NOT NULL,
	name     TEXT NOT NULL,
	folded   TEXT NOT NULL, -- the name as the people search compares it
	username TEXT,          -- NULL for guests
	avatar   TEXT NOT NULL,
	locale   TEXT NOT NULL,
	settings BLOB,
	password TEXT NOT NULL,
	rev      INTEGER NOT NULL,
	made     INTEGER NOT NULL,
	seen     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX accounts_username ON accounts (username);
CREATE INDEX accounts_seen ON accounts (seen, id);

CREATE TABLE sessions (
	id      INTEGER PRIMARY KEY,
	hash    BLOB NOT NULL UNIQUE,
	account INTEGER NOT NULL,
	made    INTEGER NOT NULL,
	seen    INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT;

CREATE TABLE rooms (
	id          INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL,
	name        TEXT NOT NULL,
	about       TEXT NOT NULL,
	low         INTEGER NOT NULL, -- the pair of a direct room
	high        INTEGER NOT NULL,
	low_posted  INTEGER NOT NULL,
	high_posted INTEGER NOT NULL,
	members     INTEGER NOT NULL,
	joins       INTEGER NOT NULL,
	seq         INTEGER NOT NULL,
	n           INTEGER NOT NULL,
	rev         INTEGER NOT NULL,
	made        INTEGER NOT NULL,
	at          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rooms_pair ON rooms (low, high) WHERE kind = 'direct';
CREATE UNIQUE INDEX rooms_name ON rooms (name) WHERE kind = 'open';

CREATE TABLE members (
	room    INTEGER NOT NULL,
	account INTEGER NOT NULL,
	role    TEXT NOT NULL,
	read    INTEGER NOT NULL,
	read_n  INTEGER NOT NULL,
	got     INTEGER NOT NULL,
	muted   INTEGER NOT NULL,
	joined  INTEGER NOT NULL,
	PRIMARY KEY (room, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_account ON members (account);

CREATE TABLE messages (
	room      INTEGER NOT NULL,
	seq       INTEGER NOT NULL,
	n         INTEGER NOT NULL,
	rev       INTEGER NOT NULL,
	key       BLOB NOT NULL,
	author    INTEGER NOT NULL,
	at        INTEGER NOT NULL,
	kind      TEXT NOT NULL,
	text      TEXT NOT NULL,
	reply     INTEGER NOT NULL,
	files     BLOB, -- JSON
	card      BLOB, -- JSON, byte for byte as it came
	edited    INTEGER NOT NULL,
	recalled  INTEGER NOT NULL,
	reactions BLOB, -- JSON
	event     TEXT, -- of system rows, with subject and detail
	subject   INTEGER,
	detail    TEXT,
	PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Which older row changed at rev, the latest change of each row only. New rows
-- are not noted: they are found by their seq.
CREATE TABLE changes (
	room INTEGER NOT NULL,
	rev  INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	PRIMARY KEY (room, rev),
	UNIQUE (room, seq)
) STRICT, WITHOUT ROWID;

-- Keys are ordered by time, so that they come first: new ones go to the end.
CREATE TABLE sends (
	key    BLOB NOT NULL,
	author INTEGER NOT NULL,
	room   INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	hash   BLOB NOT NULL,
	PRIMARY KEY (key, author)
) STRICT, WITHOUT ROWID;
