-- Whether a question is of a live run: the dashboard tells how long those took to be answered,
-- and looking up the run of each made it slow.

-- +goose Up

ALTER TABLE questions ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
UPDATE questions SET live = 1 WHERE EXISTS (SELECT 1 FROM runs WHERE runs.id = questions.run_id AND flow_version > 0 AND dry_run = 0 AND replay_of = '');
CREATE INDEX questions_answered ON questions (closed_at, asked_at) WHERE live = 1 AND state IN ('approved', 'rejected', 'answered');

-- +goose Down

DROP INDEX questions_answered;
ALTER TABLE questions DROP COLUMN live;
