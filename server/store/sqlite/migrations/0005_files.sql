-- Uploaded files, and the rows that refer to them. Their contents lie elsewhere.

CREATE TABLE files (
	id      TEXT PRIMARY KEY,
	account INTEGER NOT NULL, -- that uploaded it
	at      INTEGER NOT NULL,
	name    TEXT NOT NULL,
	type    TEXT NOT NULL,
	size    INTEGER NOT NULL,
	width   INTEGER NOT NULL,
	height  INTEGER NOT NULL,
	length  INTEGER NOT NULL,
	thumb   TEXT NOT NULL,    -- the type of its thumbnail; '' for none
	space   INTEGER NOT NULL, -- what it is counted as
	hash    BLOB NOT NULL,    -- of the content, keyed
	blob    TEXT NOT NULL,    -- where the content lies
	refs    INTEGER NOT NULL  -- how many there are in file_rows
) STRICT, WITHOUT ROWID;
CREATE INDEX files_account ON files (account, space);
CREATE INDEX files_hash ON files (hash);
CREATE INDEX files_blob ON files (blob);
CREATE INDEX files_unused ON files (at, id) WHERE refs = 0;

CREATE TABLE file_rows (
	file TEXT NOT NULL,
	room INTEGER NOT NULL,
	seq  INTEGER NOT NULL,
	PRIMARY KEY (file, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_rows_row ON file_rows (room, seq);
CREATE TRIGGER file_rows_come AFTER INSERT ON file_rows BEGIN
	UPDATE files SET refs = refs + 1 WHERE id = new.file;
END;
CREATE TRIGGER file_rows_go AFTER DELETE ON file_rows BEGIN
	UPDATE files SET refs = refs - 1 WHERE id = old.file;
END;

CREATE INDEX accounts_avatar ON accounts (avatar) WHERE avatar <> '';
