-- Who is signed in where, and where a closed page is told what happens.

ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE pushes (
	session  INTEGER PRIMARY KEY,
	account  INTEGER NOT NULL,
	endpoint TEXT NOT NULL UNIQUE,
	p256dh   TEXT NOT NULL,
	auth     TEXT NOT NULL,
	text     INTEGER NOT NULL,
	locale   TEXT NOT NULL
) STRICT;
CREATE INDEX pushes_account ON pushes (account);

-- Deleted accounts that have not left all their rooms yet.
CREATE TABLE leavers (
	account INTEGER PRIMARY KEY
) STRICT;
