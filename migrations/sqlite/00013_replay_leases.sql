-- A run that a job replays is taken by one server for a time, so that another takes it up
-- where that one is gone.

-- +goose Up

ALTER TABLE replay_items ADD COLUMN owner TEXT NOT NULL DEFAULT ''; -- who took it last
ALTER TABLE replay_items ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0; -- by the database's clock, in microseconds
CREATE INDEX replay_jobs_running ON replay_jobs (id) WHERE state = 'running';

-- +goose Down

DROP INDEX replay_jobs_running;
ALTER TABLE replay_items DROP COLUMN lease_until;
ALTER TABLE replay_items DROP COLUMN owner;
