-- Alerts at work of which something was learnt after their score was made; and where the
-- observables of alerts and cases lie, by which they are told of indicators above and around.

-- +goose Up

ALTER TABLE alerts ADD COLUMN stale_at INTEGER NOT NULL DEFAULT 0; -- when that was; 0 is a score that holds
CREATE INDEX alerts_stale ON alerts (number) WHERE stale_at > 0;

ALTER TABLE alert_observables ADD COLUMN place TEXT NOT NULL DEFAULT ''; -- empty is none
CREATE INDEX alert_observables_place ON alert_observables (place, alert_id) WHERE place <> '';

ALTER TABLE case_artifacts ADD COLUMN place TEXT NOT NULL DEFAULT '';
CREATE INDEX case_artifacts_place ON case_artifacts (place, case_id) WHERE place <> '';

-- +goose Down

DROP INDEX case_artifacts_place;
ALTER TABLE case_artifacts DROP COLUMN place;
DROP INDEX alert_observables_place;
ALTER TABLE alert_observables DROP COLUMN place;
DROP INDEX alerts_stale;
ALTER TABLE alerts DROP COLUMN stale_at;
