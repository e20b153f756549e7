-- Tables from outside that forms read. Times are microseconds since 1970 UTC.

-- The tables that a version reads, as JSON: name, file and columns of each; null where a program wrote the
-- row that did not know of tables.
ALTER TABLE form_versions ADD COLUMN tables TEXT;

-- Reference table: files of tables, by the SHA-256 of their bytes. Kept for good.
CREATE TABLE table_contents (
    sha256 BYTEA NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL,
    added_at INT8 NOT NULL
);

-- Reference table: which file a table of a version is: the row of a version and name with the greatest
-- number; the others are what it was before.
CREATE TABLE form_tables (
    form_hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    number INT4 NOT NULL,
    sha256 BYTEA NOT NULL,
    size_bytes INT4 NOT NULL,
    row_count INT4 NOT NULL,
    added_by TEXT NOT NULL,
    added_at INT8 NOT NULL,
    PRIMARY KEY (form_hash, name, number)
);
