-- Runs that steps of other runs called.

-- +goose Up

ALTER TABLE runs ADD COLUMN parent_run TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN parent_step TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0; -- how many runs are above it

-- +goose Down

ALTER TABLE runs DROP COLUMN depth;
ALTER TABLE runs DROP COLUMN parent_step;
ALTER TABLE runs DROP COLUMN parent_run;
