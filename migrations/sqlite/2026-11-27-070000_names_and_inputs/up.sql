-- What a score needs beside its flags to be made anew by other thresholds, in one number; null where its numbers are
-- too large for that, or an older program wrote the row.
ALTER TABLE assessments ADD COLUMN inputs INT8;

-- Names as they are searched for: how the given and the family name begin, a byte for each Thai letter.
ALTER TABLE members ADD COLUMN given_key BYTEA;
ALTER TABLE members ADD COLUMN family_key BYTEA;
CREATE INDEX members_by_given_name ON members (tambon_code, given_key, family_key);
CREATE INDEX members_by_family_name ON members (tambon_code, family_key, given_key);
ALTER TABLE households ADD COLUMN head_given_key BYTEA;
ALTER TABLE households ADD COLUMN head_family_key BYTEA;
CREATE INDEX households_by_head ON households (tambon_code, head_given_key, head_family_key);
CREATE INDEX households_by_head_family ON households (tambon_code, head_family_key, head_given_key);

-- Which program made the rows of the tambon's read model; those of an older one are made anew when the hub starts.
ALTER TABLE tambons ADD COLUMN rows_version INT4;
