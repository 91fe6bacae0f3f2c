-- An account's rooms without those that it is banned from, from the index alone.

DROP INDEX members_account;
CREATE INDEX members_account ON members (account, role);
