-- What a member has made of a room, and who was mentioned where.
ALTER TABLE members ADD COLUMN top INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;  -- hidden while the room's n is less
ALTER TABLE members ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;  -- marked as unread by hand
ALTER TABLE members ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0; -- takes nothing from the other of a direct room
ALTER TABLE members ADD COLUMN mention INTEGER NOT NULL DEFAULT 0; -- seq of the newest row that mentions them
ALTER TABLE messages ADD COLUMN mentions BLOB;                     -- JSON
ALTER TABLE rooms ADD COLUMN pins BLOB;                            -- JSON
ALTER TABLE rooms ADD COLUMN reports INTEGER NOT NULL DEFAULT 0;   -- how many there are in reports

CREATE TABLE reports (
	id     INTEGER PRIMARY KEY,
	room   INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	author INTEGER NOT NULL, -- of the report
	at     INTEGER NOT NULL,
	reason TEXT NOT NULL,
	UNIQUE (room, seq, author)
) STRICT;
