-- Intelligence: indicators, where they were seen, what is allowed, and STIX objects as they came.

-- +goose Up

CREATE TABLE indicators (
    id           TEXT    NOT NULL, -- a digest of type and value
    type         TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    place        TEXT COLLATE "C" NOT NULL, -- a domain's labels backwards, or an address's digits; empty is none
    size         INTEGER NOT NULL, -- of a network; 0 is none
    score        INTEGER NOT NULL, -- as it was computed last
    tlp          TEXT    NOT NULL,
    valid_until  BIGINT  NOT NULL, -- 0 is never
    sightings    BIGINT  NOT NULL,
    sighted_at   BIGINT  NOT NULL, -- 0 is never
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    revision     BIGINT  NOT NULL,
    rescore_at   BIGINT  NOT NULL, -- when the score is another by itself; 0 is never
    content      TEXT    NOT NULL, -- JSON: all else
    CONSTRAINT indicators_pk PRIMARY KEY (id)
);
CREATE INDEX indicators_score ON indicators (score, id);
CREATE INDEX indicators_type ON indicators (type, score, id);
CREATE INDEX indicators_updated ON indicators (updated_at, id);
CREATE INDEX indicators_sighted ON indicators (sighted_at, id) WHERE sighted_at > 0;
CREATE INDEX indicators_place ON indicators (place) WHERE place <> '';
CREATE INDEX indicators_network ON indicators (place) WHERE size > 0;
CREATE INDEX indicators_size ON indicators (size) WHERE size > 0;
CREATE INDEX indicators_rescore ON indicators (rescore_at) WHERE rescore_at > 0;

-- Words that indicators are found by, and names that lists are narrowed down to.
CREATE TABLE indicator_words (
    word         TEXT COLLATE "C" NOT NULL,
    indicator_id TEXT NOT NULL,
    CONSTRAINT indicator_words_pk PRIMARY KEY (word, indicator_id),
    CONSTRAINT indicator_words_indicator_fk FOREIGN KEY (indicator_id) REFERENCES indicators (id) ON DELETE CASCADE
);
CREATE INDEX indicator_words_indicator ON indicator_words (indicator_id);

CREATE TABLE indicator_sightings (
    id           TEXT    NOT NULL, -- a digest of its key
    indicator_id TEXT    NOT NULL,
    at           BIGINT  NOT NULL,
    count        BIGINT  NOT NULL,
    source       TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    case_id      TEXT    NOT NULL, -- empty is none
    run_id       TEXT    NOT NULL, -- empty is none
    observed     TEXT    NOT NULL, -- what was seen, where that isn't the indicator's own value
    CONSTRAINT indicator_sightings_pk PRIMARY KEY (id),
    CONSTRAINT indicator_sightings_indicator_fk FOREIGN KEY (indicator_id) REFERENCES indicators (id) ON DELETE CASCADE
);
CREATE INDEX indicator_sightings_indicator ON indicator_sightings (indicator_id, at, id);

-- Steps of flows that did something to indicators: tried again, they do nothing twice.
CREATE TABLE indicator_steps (
    key TEXT   NOT NULL,
    at  BIGINT NOT NULL,
    CONSTRAINT indicator_steps_pk PRIMARY KEY (key)
);

CREATE TABLE indicator_allow (
    id       TEXT   NOT NULL, -- a digest of kind, type and value
    kind     TEXT   NOT NULL, -- exact, domain, network
    type     TEXT   NOT NULL,
    value    TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    saved_by TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    CONSTRAINT indicator_allow_pk PRIMARY KEY (id)
);

CREATE TABLE stix_objects (
    key          TEXT COLLATE "C" NOT NULL, -- its id and version
    type         TEXT NOT NULL,
    content      TEXT NOT NULL, -- as it came
    indicator_id TEXT NOT NULL, -- what was made of it, with spaces between; empty is nothing
    CONSTRAINT stix_objects_pk PRIMARY KEY (key)
);

-- +goose Down

DROP TABLE stix_objects;
DROP TABLE indicator_allow;
DROP TABLE indicator_steps;
DROP TABLE indicator_sightings;
DROP TABLE indicator_words;
DROP TABLE indicators;
