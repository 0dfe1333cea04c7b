-- Who began a replay of past runs, by id: names are shown, and may be taken by another later.

-- +goose Up

ALTER TABLE replay_jobs ADD COLUMN creator TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE replay_jobs DROP COLUMN creator;
