-- Runs that steps of other runs called.

-- +goose Up

ALTER TABLE runs ADD COLUMN parent_run TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN parent_step TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN root_run TEXT NOT NULL DEFAULT ''; -- the first of the runs above it
ALTER TABLE runs ADD COLUMN depth BIGINT NOT NULL DEFAULT 0; -- how many runs are above it
CREATE INDEX runs_root ON runs (root_run) WHERE root_run <> '';

-- +goose Down

DROP INDEX runs_root;
ALTER TABLE runs DROP COLUMN depth;
ALTER TABLE runs DROP COLUMN root_run;
ALTER TABLE runs DROP COLUMN parent_step;
ALTER TABLE runs DROP COLUMN parent_run;
