-- The revision of a flow's samples, apart from the draft's: who saves them says from which they
-- were made, so that two people don't overwrite one another's.

-- +goose Up

ALTER TABLE flows ADD COLUMN samples_revision INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE flows DROP COLUMN samples_revision;
