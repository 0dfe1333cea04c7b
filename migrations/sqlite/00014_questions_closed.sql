-- The inbox's mark is made of the newest question and the last that was closed, so that
-- nobody counts all that were ever asked.

-- +goose Up

CREATE INDEX questions_closed ON questions (closed_at);

-- +goose Down

DROP INDEX questions_closed;
