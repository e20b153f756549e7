-- People of the office, and the browsers in which they are signed in. Reference tables.
CREATE TABLE people (
    name TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL,
    area TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at INT8 NOT NULL
);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    person TEXT NOT NULL,
    begun_at INT8 NOT NULL,
    seen_at INT8 NOT NULL
);
