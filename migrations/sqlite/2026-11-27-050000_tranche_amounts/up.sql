-- How much a tranche is follows from its share of the whole.
ALTER TABLE tranches DROP COLUMN amount;
