-- Each time that this database was restored from a backup.
CREATE TABLE restores (
	epoch  TEXT NOT NULL, -- that began with it
	before TEXT NOT NULL, -- the epoch of the backup
	source TEXT NOT NULL, -- the file that the backup was
	at     INTEGER NOT NULL
) STRICT;
