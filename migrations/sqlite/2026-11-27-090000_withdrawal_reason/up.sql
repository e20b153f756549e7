-- Why an allocation was withdrawn, in words.
ALTER TABLE allocations ADD COLUMN withdrawn_reason TEXT;
