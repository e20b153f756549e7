-- What people decide on top of what was computed. Nothing here can be made anew from the log.

-- A version of a needy list: what it began with, which does not change. What happened to it since are its events,
-- from which its state follows; state, revision and sha256 are kept beside them for the overview.
CREATE TABLE needy_lists (
    tambon_code INT4 NOT NULL,
    list_id BYTEA NOT NULL,
    version INT4 NOT NULL,
    opening TEXT NOT NULL,
    drafted_by TEXT NOT NULL,
    drafted_at INT8 NOT NULL,
    state TEXT NOT NULL,
    revision INT8 NOT NULL,
    standing INT4 NOT NULL,
    sha256 TEXT,
    PRIMARY KEY (tambon_code, list_id, version)
);

CREATE TABLE needy_list_events (
    tambon_code INT4 NOT NULL,
    list_id BYTEA NOT NULL,
    version INT4 NOT NULL,
    number INT8 NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL,
    act TEXT NOT NULL,
    PRIMARY KEY (tambon_code, list_id, version, number)
);

-- Units and budget of a programme, given out along an approved list. decisions is JSON.
CREATE TABLE allocations (
    tambon_code INT4 NOT NULL,
    allocation_id BYTEA NOT NULL,
    fiscal_year INT2 NOT NULL,
    programme TEXT NOT NULL,
    list_id BYTEA NOT NULL,
    list_version INT4 NOT NULL,
    units INT4,
    budget INT8 NOT NULL,
    ceiling INT8,
    backfill BOOLEAN NOT NULL,
    decisions TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL,
    withdrawn_by TEXT,
    withdrawn_at INT8,
    PRIMARY KEY (tambon_code, allocation_id)
);

-- A household has one approval for its house in a fiscal year, whatever the programme: the key sees to it.
CREATE TABLE housing_approvals (
    tambon_code INT4 NOT NULL,
    fiscal_year INT2 NOT NULL,
    household_id BYTEA NOT NULL,
    allocation_id BYTEA NOT NULL,
    granted INT8 NOT NULL,
    PRIMARY KEY (tambon_code, fiscal_year, household_id)
);

-- Parts in which the money of an allocation comes; amounts in satang, shares in hundredths of a percent.
CREATE TABLE tranches (
    tambon_code INT4 NOT NULL,
    allocation_id BYTEA NOT NULL,
    number INT2 NOT NULL,
    share INT4 NOT NULL,
    amount INT8 NOT NULL,
    due_on TEXT NOT NULL,
    paid_on TEXT,
    paid_by TEXT,
    PRIMARY KEY (tambon_code, allocation_id, number)
);

-- Self-assessment of a tambon: a row for each item and year (พ.ศ.), the last one written counts.
CREATE TABLE strength_scores (
    tambon_code INT4 NOT NULL,
    year_be INT2 NOT NULL,
    item TEXT NOT NULL,
    number INT4 NOT NULL,
    score INT2 NOT NULL,
    evidence TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, year_be, item, number)
);

-- What a plan cites, frozen for good: all tables of the annex as JSON, and their hash.
CREATE TABLE snapshots (
    tambon_code INT4 NOT NULL,
    snapshot_id BYTEA NOT NULL,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, snapshot_id)
);

-- Reference tables: programmes and targets as their files have them, the last import of each counts; and areas
-- put together: province groups, regions, local authorities.
CREATE TABLE programme_files (
    number INT4 NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL
);

CREATE TABLE area_groups (
    tree TEXT NOT NULL,
    group_code TEXT NOT NULL,
    name_th TEXT NOT NULL,
    name_en TEXT NOT NULL,
    areas TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (tree, group_code)
);
