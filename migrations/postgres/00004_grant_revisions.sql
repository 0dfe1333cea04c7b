-- Two admins who decide on one connector must not undo each other unseen.

-- +goose Up

-- Counts the decisions on a connector, in the row with an empty digest; 0 in others.
ALTER TABLE connector_grants ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
UPDATE connector_grants SET revision = 1 WHERE digest = '';

-- +goose Down

ALTER TABLE connector_grants DROP COLUMN revision;
