-- The type of the node that a pinned output was given for: under the same id another type of
-- node may stand later, which gives something else. Empty is a pin of before, of any type.

-- +goose Up

ALTER TABLE pins ADD COLUMN type TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE pins DROP COLUMN type;
