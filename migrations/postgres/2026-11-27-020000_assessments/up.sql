-- What each household's answers come to, for needy lists and plans; made anew from its registers. What a
-- household adds to the counts of its village and tambon (share), and those counts, lie in short blobs. A tambon
-- without counts is assessed when the hub starts.
ALTER TABLE documents ADD COLUMN share BYTEA;
ALTER TABLE documents ADD COLUMN assessment_print INT8;
ALTER TABLE villages ADD COLUMN counts BYTEA;
ALTER TABLE tambons ADD COLUMN counts BYTEA;
-- The set of thresholds that the tambon's households are scored by; null stands for the first, which is built in.
ALTER TABLE tambons ADD COLUMN scoring INT4;

-- Thresholds of scores, as JSON: a set is never altered, a change is a new one.
CREATE TABLE scoring_parameters (
    number INT4 NOT NULL PRIMARY KEY,
    parameters TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL
);

-- One row for each household that was surveyed and lets itself be assessed. The ranks order lists: less comes
-- first. Incomes are in satang for a person and year.
CREATE TABLE assessments (
    tambon_code INT4 NOT NULL,
    household_id BYTEA NOT NULL,
    village_code INT4 NOT NULL,
    need_rank INT8 NOT NULL,
    housing_rank INT8 NOT NULL,
    tier INT2 NOT NULL,
    need INT2 NOT NULL,
    need_min INT2 NOT NULL,
    need_max INT2 NOT NULL,
    housing INT2 NOT NULL,
    completeness INT2 NOT NULL,
    flags_yes INT4 NOT NULL,
    flags_no INT4 NOT NULL,
    flags_unknown INT4 NOT NULL,
    severe BOOLEAN NOT NULL,
    tpmap_target BOOLEAN NOT NULL,
    missed BOOLEAN NOT NULL,
    needs_check BOOLEAN NOT NULL,
    card INT2 NOT NULL,
    income_per_person INT8,
    need_categories INT4 NOT NULL,
    PRIMARY KEY (tambon_code, household_id)
);
CREATE INDEX assessments_by_need ON assessments (tambon_code, need_rank, household_id);
CREATE INDEX assessments_by_housing ON assessments (tambon_code, housing_rank, household_id);
