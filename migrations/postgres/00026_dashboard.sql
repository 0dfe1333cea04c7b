-- The dashboard: what runs and their steps came to, added up, so that nobody reads all of
-- them; and when alerts were taken up, and by whom alerts and cases were closed.

-- +goose Up

-- The work in minutes that one run saves, as the draft says; 0 is nothing said.
ALTER TABLE flows ADD COLUMN minutes_saved INTEGER NOT NULL DEFAULT 0;

-- What ended in one transaction of the journal, written within it. A chore adds it to the
-- totals: to add there at once would have all that write wait for one another.
CREATE TABLE tallies (
    id      BIGINT GENERATED ALWAYS AS IDENTITY,
    content TEXT NOT NULL, -- JSON
    CONSTRAINT tallies_pk PRIMARY KEY (id)
);

-- Live runs that ended, by the hour and the day (UTC) that they were created in.
CREATE TABLE run_totals (
    span    TEXT    NOT NULL, -- hour, day
    at      BIGINT  NOT NULL, -- when it begins
    flow_id TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    runs    BIGINT NOT NULL,
    took    BIGINT NOT NULL, -- microseconds from begin to end, of all of them
    CONSTRAINT run_totals_pk PRIMARY KEY (span, at, flow_id, state)
);

CREATE TABLE step_totals (
    span    TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    flow_id TEXT    NOT NULL,
    node    TEXT    NOT NULL,
    action  TEXT    NOT NULL, -- the node's type
    calls   BIGINT NOT NULL,
    failed  BIGINT NOT NULL,
    took    BIGINT NOT NULL, -- microseconds, of all of them
    longest BIGINT NOT NULL,
    spread  TEXT    NOT NULL, -- JSON: how many took about how long
    CONSTRAINT step_totals_pk PRIMARY KEY (span, at, flow_id, node, action)
);

-- Runs of before count, their steps don't: how long these took is in their journals alone.
INSERT INTO run_totals
SELECT 'day', created_at - created_at % 86400000000, flow_id, state, count(*), sum(CASE WHEN started_at > 0 THEN ended_at - started_at ELSE 0 END)
FROM runs WHERE ended = 1 AND flow_version > 0 AND dry_run = 0 AND replay_of = '' AND state IN ('succeeded', 'failed', 'canceled', 'unknown') GROUP BY 2, 3, 4;
INSERT INTO run_totals
SELECT 'hour', created_at - created_at % 3600000000, flow_id, state, count(*), sum(CASE WHEN started_at > 0 THEN ended_at - started_at ELSE 0 END)
FROM runs WHERE ended = 1 AND flow_version > 0 AND dry_run = 0 AND replay_of = '' AND state IN ('succeeded', 'failed', 'canceled', 'unknown')
    AND created_at > CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT) - 259200000000 GROUP BY 2, 3, 4;

-- When an alert was taken up first: given to somebody, begun, closed or taken into a case.
ALTER TABLE alerts ADD COLUMN acked_at BIGINT NOT NULL DEFAULT 0; -- 0 is not
ALTER TABLE alerts ADD COLUMN person_at BIGINT NOT NULL DEFAULT 0; -- the same, by a person
ALTER TABLE alerts ADD COLUMN reason TEXT NOT NULL DEFAULT ''; -- why it was closed; empty is not
ALTER TABLE alerts ADD COLUMN closed_by TEXT NOT NULL DEFAULT ''; -- person, flow; empty is not
ALTER TABLE cases ADD COLUMN closed_by TEXT NOT NULL DEFAULT '';

UPDATE alerts SET
    acked_at = COALESCE((SELECT min(e.at) FROM alert_entries AS e WHERE e.alert_id = alerts.id
        AND (e.kind = 'cased' OR e.kind = 'changed' AND (e.data LIKE '%"field":"status"%' OR e.data LIKE '%"field":"assignee"%'))), 0),
    person_at = COALESCE((SELECT min(e.at) FROM alert_entries AS e WHERE e.alert_id = alerts.id AND e.actor NOT LIKE '%"Kind":"flow"%' AND e.actor NOT LIKE '%"Kind":"system"%'
        AND (e.kind = 'cased' OR e.kind = 'changed' AND (e.data LIKE '%"field":"status"%' OR e.data LIKE '%"field":"assignee"%'))), 0),
    reason = COALESCE(substring(content FROM '"Reason":"([a-z_]*)"'), '');
UPDATE alerts SET closed_by = CASE WHEN (SELECT e.actor FROM alert_entries AS e WHERE e.alert_id = alerts.id AND e.kind = 'changed' AND e.data LIKE '%"to":"closed"%'
    ORDER BY e.seq DESC LIMIT 1) LIKE '%"Kind":"flow"%' THEN 'flow' ELSE 'person' END WHERE closed_at > 0;
UPDATE cases SET closed_by = CASE WHEN (SELECT e.actor FROM case_entries AS e WHERE e.case_id = cases.id AND e.kind = 'changed' AND e.data LIKE '%"to":"closed"%'
    ORDER BY e.seq DESC LIMIT 1) LIKE '%"Kind":"flow"%' THEN 'flow' ELSE 'person' END WHERE closed_at > 0;

CREATE INDEX alerts_received ON alerts (created_at, acked_at, person_at);
CREATE INDEX alerts_closed ON alerts (closed_at, reason, closed_by, created_at) WHERE closed_at > 0;
CREATE INDEX cases_opened ON cases (created_at);
CREATE INDEX cases_closed ON cases (closed_at, resolution, closed_by, created_at) WHERE closed_at > 0;

-- +goose Down

DROP INDEX cases_closed;
DROP INDEX cases_opened;
DROP INDEX alerts_closed;
DROP INDEX alerts_received;
ALTER TABLE cases DROP COLUMN closed_by;
ALTER TABLE alerts DROP COLUMN closed_by;
ALTER TABLE alerts DROP COLUMN reason;
ALTER TABLE alerts DROP COLUMN person_at;
ALTER TABLE alerts DROP COLUMN acked_at;
DROP TABLE step_totals;
DROP TABLE run_totals;
DROP TABLE tallies;
ALTER TABLE flows DROP COLUMN minutes_saved;
