-- Alerts at work of which something was learnt after their score was made, and where their
-- observables lie, by which indicators above and around these are told.

-- +goose Up

ALTER TABLE alerts ADD COLUMN stale_at INTEGER NOT NULL DEFAULT 0; -- when that was; 0 is a score that holds
CREATE INDEX alerts_stale ON alerts (number) WHERE stale_at > 0;

ALTER TABLE alert_observables ADD COLUMN place TEXT NOT NULL DEFAULT ''; -- empty is none
CREATE INDEX alert_observables_place ON alert_observables (place, alert_id) WHERE place <> '';

-- +goose Down

DROP INDEX alert_observables_place;
ALTER TABLE alert_observables DROP COLUMN place;
DROP INDEX alerts_stale;
ALTER TABLE alerts DROP COLUMN stale_at;
