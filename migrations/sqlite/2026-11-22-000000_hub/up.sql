-- The hub's tables. Rules that hold for every migration: see migrations/README.md.
-- Times are microseconds since 1970 UTC.

-- One row for each tambon: the lock and the counter of its log.
CREATE TABLE tambons (
    tambon_code INT4 NOT NULL PRIMARY KEY,
    epoch BYTEA NOT NULL,
    last_seq INT8 NOT NULL,
    chain BYTEA NOT NULL,
    created_at INT8 NOT NULL
);

-- The log: every accepted change as it was received, and what else happened to a household.
CREATE TABLE changes (
    tambon_code INT4 NOT NULL,
    seq INT8 NOT NULL,
    village_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    kind INT2 NOT NULL,
    hash BYTEA NOT NULL,
    chain BYTEA NOT NULL,
    device_id BYTEA NOT NULL,
    received_at INT8 NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (tambon_code, seq)
);
CREATE INDEX changes_of_village ON changes (tambon_code, village_code, seq);

-- One row for each household: its registers (a cache of its changes) and what it adds to the sums
-- of its village. state: 0 live, 1 folded, 3 erased.
CREATE TABLE documents (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    village_code INT4 NOT NULL,
    moved_from INT4,
    state INT2 NOT NULL,
    folded_into BYTEA,
    created_seq INT8 NOT NULL,
    changed_seq INT8 NOT NULL,
    changed_at INT8 NOT NULL,
    outcome INT2 NOT NULL,
    members INT2 NOT NULL,
    needs INT2 NOT NULL,
    conflicts INT2 NOT NULL,
    household_print INT8 NOT NULL,
    faults_print INT8 NOT NULL,
    registers BYTEA NOT NULL,
    PRIMARY KEY (tambon_code, household_id)
);
CREATE INDEX documents_of_village ON documents (tambon_code, village_code, created_seq);

-- The read model: rebuilt from the log by `samruat reproject`.
CREATE TABLE households (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    village_code INT4 NOT NULL,
    answered_village INT4,
    house_no TEXT,
    house_code TEXT,
    head_name TEXT,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    household_size INT2,
    income_year INT4,
    tenure TEXT,
    eviction_risk INT2,
    roof_condition INT2,
    wall_condition INT2,
    floor_condition INT2,
    structure_condition INT2,
    toilet TEXT,
    drinking_water TEXT,
    water_enough TEXT,
    sleeping_rooms INT2,
    visit_outcome TEXT,
    visit_date TEXT,
    consent_given TEXT,
    plan_consent BOOLEAN,
    members INT2 NOT NULL,
    needs INT2 NOT NULL,
    conflicts INT2 NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (tambon_code, household_id)
);

CREATE TABLE members (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    row_id BYTEA NOT NULL,
    name TEXT,
    relation TEXT,
    sex TEXT,
    birth_year_be INT2,
    citizen_id TEXT,
    id_status TEXT,
    dependency TEXT,
    has_caregiver TEXT,
    education TEXT,
    in_school TEXT,
    occupation TEXT,
    income_year INT4,
    card_status TEXT,
    health_scheme TEXT,
    conflicts INT2 NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (tambon_code, household_id, row_id)
);

CREATE TABLE needs (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    row_id BYTEA NOT NULL,
    category TEXT,
    urgency TEXT,
    details TEXT,
    conflicts INT2 NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (tambon_code, household_id, row_id)
);

CREATE TABLE visits (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    row_id BYTEA NOT NULL,
    outcome TEXT,
    visited_on TEXT,
    consent_given TEXT,
    consent_method TEXT,
    plan_consent BOOLEAN,
    respondent_relation TEXT,
    conflicts INT2 NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (tambon_code, household_id, row_id)
);

CREATE TABLE other_rows (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    row_id BYTEA NOT NULL,
    group_name TEXT,
    conflicts INT2 NOT NULL,
    answers TEXT NOT NULL,
    PRIMARY KEY (tambon_code, household_id, row_id)
);

CREATE TABLE answer_faults (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    position INT4 NOT NULL,
    row_id BYTEA,
    question TEXT NOT NULL,
    reason TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tambon_code, household_id, position)
);

-- Sums over the live households of a village, kept by difference; done … not_found count households
-- by the outcome of the visit that counts.
CREATE TABLE villages (
    tambon_code INT4 NOT NULL,
    village_code INT4 NOT NULL,
    digest BYTEA NOT NULL,
    households INT4 NOT NULL,
    done INT4 NOT NULL,
    partial INT4 NOT NULL,
    absent INT4 NOT NULL,
    refused INT4 NOT NULL,
    vacant INT4 NOT NULL,
    demolished INT4 NOT NULL,
    not_found INT4 NOT NULL,
    members INT4 NOT NULL,
    needs INT4 NOT NULL,
    conflicts INT4 NOT NULL,
    PRIMARY KEY (tambon_code, village_code)
);

-- Every conflict that ever was: a register with several different live values. row_id is empty for
-- the household's own answers. candidates and settled_value are JSON.
CREATE TABLE conflicts (
    tambon_code INT4 NOT NULL,
    arisen_seq INT8 NOT NULL,
    position INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    row_id BYTEA NOT NULL,
    question TEXT NOT NULL,
    arisen_at INT8 NOT NULL,
    candidates TEXT NOT NULL,
    settled_seq INT8,
    settled_at INT8,
    settled_by BYTEA,
    settled_value TEXT,
    PRIMARY KEY (tambon_code, arisen_seq, position)
);
CREATE INDEX conflicts_of_household ON conflicts (tambon_code, household_id);

-- Changes that were not accepted, for a person to look at. hash: SHA-256 of the bytes as received.
CREATE TABLE quarantine (
    tambon_code INT4 NOT NULL,
    hash BYTEA NOT NULL,
    village_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    device_id BYTEA NOT NULL,
    reason INT2 NOT NULL,
    received_at INT8 NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (tambon_code, hash)
);
CREATE INDEX quarantine_by_time ON quarantine (tambon_code, received_at, hash);

CREATE TABLE devices (
    tambon_code INT4 NOT NULL,
    device_id BYTEA NOT NULL,
    token_hash BYTEA NOT NULL,
    person TEXT NOT NULL,
    villages TEXT NOT NULL,
    enrolled_at INT8 NOT NULL,
    pushed_at INT8,
    revoked_at INT8,
    PRIMARY KEY (tambon_code, device_id)
);

-- Houses that a village is expected to have, from a register outside.
CREATE TABLE roster (
    tambon_code INT4 NOT NULL,
    village_code INT4 NOT NULL,
    name_th TEXT,
    expected INT4 NOT NULL,
    source TEXT NOT NULL,
    imported_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, village_code)
);

-- What a person said of two households that look like one; household_a < household_b.
CREATE TABLE duplicate_decisions (
    tambon_code INT4 NOT NULL,
    household_a BYTEA NOT NULL,
    household_b BYTEA NOT NULL,
    same BOOLEAN NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, household_a, household_b)
);

-- Files of a first sync: documents of one village, as of a place in the log.
CREATE TABLE frames (
    tambon_code INT4 NOT NULL,
    village_code INT4 NOT NULL,
    position INT4 NOT NULL,
    seq INT8 NOT NULL,
    sha256 BYTEA NOT NULL,
    size INT4 NOT NULL,
    created_at INT8 NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (tambon_code, village_code, seq, position)
);
CREATE INDEX frames_by_name ON frames (tambon_code, sha256);

CREATE TABLE audit (
    tambon_code INT4 NOT NULL,
    at INT8 NOT NULL,
    id BYTEA NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (tambon_code, at, id)
);

-- Reference tables: short, rarely written, not divided by tambon.
CREATE TABLE enrolment_codes (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    tambon_code INT4 NOT NULL,
    person TEXT NOT NULL,
    villages TEXT NOT NULL,
    created_at INT8 NOT NULL,
    expires_at INT8 NOT NULL,
    used_at INT8,
    used_by BYTEA
);

CREATE TABLE api_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    secret_hash BYTEA NOT NULL,
    role TEXT NOT NULL,
    area TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INT8 NOT NULL,
    revoked_at INT8
);

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
