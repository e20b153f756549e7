-- One device's own file. Not the hub's database: there is one device in it, and no tambon leads a key.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE documents (
    household_id BLOB NOT NULL PRIMARY KEY,
    village_code INT4 NOT NULL,
    actor BLOB,
    document BLOB NOT NULL,
    heads BLOB NOT NULL,
    -- 0 here, 1 folded into, 2 moved to, 3 erased
    presence INT2 NOT NULL,
    presence_detail BLOB
);

CREATE TABLE outbox (
    position INTEGER NOT NULL PRIMARY KEY,
    household_id BLOB NOT NULL,
    village_code INT4 NOT NULL,
    hash BLOB NOT NULL,
    payload BLOB NOT NULL,
    -- NULL unsent, 0 accepted, 1 refused
    mark INT2,
    reason INT2,
    UNIQUE (household_id, hash)
);
