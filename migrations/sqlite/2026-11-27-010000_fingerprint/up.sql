-- The first 8 bytes of a hash over what is published in the tambon: by it a device learns in a sync that there
-- is something to fetch. Null where nothing was published since there is this column.
ALTER TABLE tambons ADD COLUMN forms_fingerprint BYTEA;
