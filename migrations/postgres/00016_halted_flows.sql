-- A published flow whose triggers start nothing until it goes on, or is published again.

-- +goose Up

ALTER TABLE flows ADD COLUMN halted BIGINT NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE flows DROP COLUMN halted;
