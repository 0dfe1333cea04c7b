-- Runs whose rows change in place: a run's row changes with every row of its journal, and
-- where its page has room and no index names what changed, no index is written.

-- +goose Up

ALTER TABLE runs SET (fillfactor = 80);

-- +goose Down

ALTER TABLE runs RESET (fillfactor);
