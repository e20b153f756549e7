-- Forms that were added, and where each holds. Times are microseconds since 1970 UTC.

-- Reference table: every version of every form, by the hash of its meaning. A version never changes.
-- title: in the language that the form shows first; model: the form as JSON; workbook: the file as it
-- was added.
CREATE TABLE form_versions (
    form_hash BYTEA NOT NULL PRIMARY KEY,
    form_id TEXT NOT NULL,
    version TEXT NOT NULL,
    title TEXT NOT NULL,
    model TEXT NOT NULL,
    workbook BYTEA NOT NULL,
    added_by TEXT NOT NULL,
    added_at INT8 NOT NULL
);
CREATE INDEX form_versions_of_form ON form_versions (form_id, added_at, form_hash);

-- Where a version of a form holds, and held: the row of a village and form with the greatest number is
-- the last that was published; the form holds there unless that one was retired. Rows are kept for good.
CREATE TABLE form_publications (
    tambon_code INT4 NOT NULL,
    village_code INT4 NOT NULL,
    form_id TEXT NOT NULL,
    number INT4 NOT NULL,
    form_hash BYTEA NOT NULL,
    published_at INT8 NOT NULL,
    published_by TEXT NOT NULL,
    retired_at INT8,
    retired_by TEXT,
    PRIMARY KEY (tambon_code, village_code, form_id, number)
);
