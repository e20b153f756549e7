-- Thresholds of programmes' rules, as JSON: a set is never altered, a change is a new one.
CREATE TABLE rule_parameters (
    number INT4 NOT NULL PRIMARY KEY,
    parameters TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL
);

-- The set that is in force in the tambon; null stands for the first, which is built in.
ALTER TABLE tambons ADD COLUMN rules INT4;

-- Version of the set that an allocation was made by; null stands for the first.
ALTER TABLE allocations ADD COLUMN rules TEXT;
