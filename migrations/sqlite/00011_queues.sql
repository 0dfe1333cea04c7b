-- Flows that bound how many of their runs are at work at once.

-- +goose Up

CREATE INDEX runs_at_work ON runs (flow_id, state, id) WHERE ended = 0;

-- +goose Down

DROP INDEX runs_at_work;
