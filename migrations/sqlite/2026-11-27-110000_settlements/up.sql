-- What the office knows of the settlements of a tambon: the whole list as JSON, each time that it is written; the last counts.
CREATE TABLE settlement_lists (
    tambon_code INT4 NOT NULL,
    revision INT4 NOT NULL,
    settlements TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, revision)
);
