-- Times are milliseconds since 1970 UTC. 0 means none, wherever 0 is no value.
-- What people write is bytea, since text cannot hold every character that they
-- may send (U+0000); so are lists, which are JSON.

CREATE TABLE meta (
	epoch  text NOT NULL,
	secret bytea NOT NULL
);
CREATE UNIQUE INDEX meta_one ON meta ((true));

-- The last transaction that each lane of a node has stored.
CREATE TABLE lanes (
	id   uuid PRIMARY KEY,
	last bigint NOT NULL,
	at   timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE accounts (
	id       bigint PRIMARY KEY,
	kind     text COLLATE "C" NOT NULL,
	name     text COLLATE "C" NOT NULL,
	folded   text COLLATE "C" NOT NULL, -- the name as the people search compares it
	username text COLLATE "C",          -- NULL for guests
	avatar   text COLLATE "C" NOT NULL,
	locale   text COLLATE "C" NOT NULL,
	settings bytea,
	password text COLLATE "C" NOT NULL,
	rev      bigint NOT NULL,
	made     bigint NOT NULL,
	seen     bigint NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX accounts_username ON accounts (username);
CREATE INDEX accounts_seen ON accounts (seen, id);
CREATE INDEX accounts_avatar ON accounts (avatar) WHERE avatar <> '';

-- Deleted accounts that have not left all their rooms yet.
CREATE TABLE leavers (
	account bigint PRIMARY KEY
);

CREATE TABLE sessions (
	id      bigint PRIMARY KEY,
	hash    bytea NOT NULL UNIQUE,
	account bigint NOT NULL,
	made    bigint NOT NULL,
	seen    bigint NOT NULL,
	expires bigint NOT NULL,
	agent   bytea NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_expires ON sessions (expires);

-- Where a closed page is told what happens.
CREATE TABLE pushes (
	session  bigint PRIMARY KEY,
	account  bigint NOT NULL,
	endpoint text COLLATE "C" NOT NULL UNIQUE,
	p256dh   text COLLATE "C" NOT NULL,
	auth     text COLLATE "C" NOT NULL,
	text     boolean NOT NULL,
	locale   text COLLATE "C" NOT NULL
);
CREATE INDEX pushes_account ON pushes (account);

-- Every post updates its room's row: there must be space on its page for the
-- next version (so that no index changes), and the dead ones must go soon. With
-- stale statistics the planner costs half of the posts.
CREATE TABLE rooms (
	id          bigint PRIMARY KEY,
	kind        text COLLATE "C" NOT NULL,
	name        text COLLATE "C" NOT NULL,
	about       bytea NOT NULL,
	low         bigint NOT NULL, -- the pair of a direct room
	high        bigint NOT NULL,
	low_posted  boolean NOT NULL,
	high_posted boolean NOT NULL,
	members     bigint NOT NULL,
	joins       bigint NOT NULL,
	seq         bigint NOT NULL,
	n           bigint NOT NULL,
	rev         bigint NOT NULL,
	made        bigint NOT NULL,
	at          bigint NOT NULL,
	pins        bytea,           -- JSON
	reports     bigint NOT NULL  -- how many there are in reports
) WITH (
	fillfactor = 50,
	autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
	autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000,
	autovacuum_vacuum_cost_delay = 0
);
CREATE UNIQUE INDEX rooms_pair ON rooms (low, high) WHERE kind = 'direct';
CREATE UNIQUE INDEX rooms_name ON rooms (name) WHERE kind = 'open';

CREATE TABLE members (
	room    bigint NOT NULL,
	account bigint NOT NULL,
	role    text COLLATE "C" NOT NULL,
	read    bigint NOT NULL,
	read_n  bigint NOT NULL,
	got     bigint NOT NULL,
	muted   boolean NOT NULL,
	joined  bigint NOT NULL,
	top     boolean NOT NULL,
	hidden  bigint NOT NULL,  -- hidden while the room's n is less
	unread  boolean NOT NULL, -- marked as unread by hand
	blocked boolean NOT NULL, -- takes nothing from the other of a direct room
	mention bigint NOT NULL,  -- seq of the newest row that mentions them
	PRIMARY KEY (room, account)
) WITH (
	fillfactor = 70,
	autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05
);
CREATE INDEX members_account ON members (account);

CREATE TABLE messages (
	room      bigint NOT NULL,
	seq       bigint NOT NULL,
	n         bigint NOT NULL,
	rev       bigint NOT NULL,
	key       uuid NOT NULL,
	author    bigint NOT NULL,
	at        bigint NOT NULL,
	kind      text COLLATE "C" NOT NULL,
	text      bytea NOT NULL,
	reply     bigint NOT NULL,
	files     bytea, -- JSON
	card      bytea, -- JSON, byte for byte as it came
	edited    bigint NOT NULL,
	recalled  bigint NOT NULL,
	reactions bytea, -- JSON
	mentions  bytea, -- JSON
	event     text COLLATE "C" NOT NULL, -- of system rows, with subject and detail
	subject   bigint NOT NULL,
	detail    bytea NOT NULL,
	PRIMARY KEY (room, seq)
) PARTITION BY HASH (room);

DO $$ BEGIN
	FOR i IN 0..15 LOOP
		EXECUTE format('CREATE TABLE messages_%s PARTITION OF messages FOR VALUES WITH (MODULUS 16, REMAINDER %s)
			WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)', i, i);
	END LOOP;
END $$;

-- Which older row changed at rev, the latest change of each row only. New rows
-- are not noted: they are found by their seq.
CREATE TABLE changes (
	room bigint NOT NULL,
	rev  bigint NOT NULL,
	seq  bigint NOT NULL,
	PRIMARY KEY (room, seq)
);
CREATE UNIQUE INDEX changes_rev ON changes (room, rev);

-- Keys are ordered by time, so that they come first: new ones go to the end.
CREATE TABLE sends (
	key    uuid NOT NULL,
	author bigint NOT NULL,
	room   bigint NOT NULL,
	seq    bigint NOT NULL,
	hash   bytea NOT NULL,
	PRIMARY KEY (key, author)
);

CREATE TABLE reports (
	id     bigint PRIMARY KEY,
	room   bigint NOT NULL,
	seq    bigint NOT NULL,
	author bigint NOT NULL, -- of the report
	at     bigint NOT NULL,
	reason bytea NOT NULL,
	UNIQUE (room, seq, author)
);

-- Uploaded files, and the rows that refer to them. Their contents lie elsewhere.
CREATE TABLE files (
	id      text COLLATE "C" PRIMARY KEY,
	account bigint NOT NULL, -- that uploaded it
	at      bigint NOT NULL,
	name    bytea NOT NULL,
	type    text COLLATE "C" NOT NULL,
	size    bigint NOT NULL,
	width   bigint NOT NULL,
	height  bigint NOT NULL,
	length  bigint NOT NULL,
	thumb   text COLLATE "C" NOT NULL, -- the type of its thumbnail; '' for none
	space   bigint NOT NULL,           -- what it is counted as
	hash    bytea NOT NULL,            -- of the content, keyed
	blob    text COLLATE "C" NOT NULL, -- where the content lies
	refs    bigint NOT NULL            -- how many there are in file_rows
);
CREATE INDEX files_account ON files (account, space);
CREATE INDEX files_hash ON files (hash);
CREATE INDEX files_blob ON files (blob);
CREATE INDEX files_unused ON files (at, id) WHERE refs = 0;

CREATE TABLE file_rows (
	file text COLLATE "C" NOT NULL,
	room bigint NOT NULL,
	seq  bigint NOT NULL,
	PRIMARY KEY (file, room, seq)
);
CREATE INDEX file_rows_row ON file_rows (room, seq);
