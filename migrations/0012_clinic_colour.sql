-- The colour of a clinic's pages ("#0b6150"); empty: the pages' own. clinics/colour.hpp says which are legible.
ALTER TABLE clinics ADD COLUMN colour TEXT NOT NULL DEFAULT '';
