-- A database as the first release made it. It never changes: every later release opens it.

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

CREATE TABLE changes (
	room INTEGER NOT NULL,
	rev  INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	PRIMARY KEY (room, rev),
	UNIQUE (room, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE sends (
	key    BLOB NOT NULL,
	author INTEGER NOT NULL,
	room   INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	hash   BLOB NOT NULL,
	PRIMARY KEY (key, author)
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('first-epoch', x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO accounts VALUES (101, 'member', 'Ada', 'ada', 'ada', '', 'en', NULL, 'hash', 1, 1790000000000, 1790000000000);
INSERT INTO accounts VALUES (102, 'guest', '李雷', '李雷', NULL, '', '', NULL, '', 1, 1790000000000, 1790000000000);
INSERT INTO rooms VALUES (5, 'group', 'First', '', 0, 0, 0, 0, 2, 2, 4, 3, 6, 1790000000000, 1790000000004);
INSERT INTO members VALUES (5, 101, 'owner', 4, 3, 4, 0, 1);
INSERT INTO members VALUES (5, 102, 'member', 1, 0, 1, 0, 2);
INSERT INTO messages VALUES (5, 1, 0, 1, x'01923f5a7c1170018002030405060701', 101, 1790000000001, 'system', '', 0, NULL, NULL, 0, 0, NULL, 'made', 101, '');
INSERT INTO messages VALUES (5, 2, 1, 5, x'01923f5a7c1170018002030405060702', 101, 1790000000002, 'text', '你好, edited', 0, NULL, NULL, 1790000000005, 0, CAST('{"👍":[102]}' AS BLOB), NULL, NULL, NULL);
INSERT INTO messages VALUES (5, 3, 2, 6, x'01923f5a7c1170018002030405060703', 102, 1790000000003, 'text', '', 0, NULL, NULL, 0, 1790000000006, NULL, NULL, NULL, NULL);
INSERT INTO messages VALUES (5, 4, 3, 4, x'01923f5a7c1170018002030405060704', 102, 1790000000004, 'text', 'kept', 2, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL);
INSERT INTO changes VALUES (5, 5, 2);
INSERT INTO changes VALUES (5, 6, 3);
INSERT INTO sends VALUES (x'01923f5a7c1170018002030405060704', 102, 5, 4, x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
PRAGMA user_version = 1;
