-- People: names that are one whatever their case, changes of users that two admins
-- tell apart, log-ins that their owner recognises, and tokens that stop with who made
-- them.

-- +goose Up

-- What a name is known by: folded, so that Admin can't stand beside admin. Until now
-- only ASCII names were made.
ALTER TABLE users ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE users SET name_key = lower(name);
CREATE UNIQUE INDEX users_name_key_unique ON users (name_key);

-- Counts the changes of role and state, for If-Match.
ALTER TABLE users ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';

-- A session's owner names it by its id and knows it by where it came from; its hash
-- stays here.
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
UPDATE sessions SET id = replace(gen_random_uuid()::text, '-', '');
CREATE UNIQUE INDEX sessions_id_unique ON sessions (id);

-- Whose a token is; NULL is the command line's, which answers to the machine alone.
ALTER TABLE tokens ADD COLUMN user_id TEXT CONSTRAINT tokens_user_fk REFERENCES users (id) ON DELETE CASCADE;
UPDATE tokens SET user_id = (SELECT id FROM users WHERE users.name = tokens.created_by);
CREATE INDEX tokens_user ON tokens (user_id);

-- +goose Down

DROP INDEX tokens_user;
ALTER TABLE tokens DROP COLUMN user_id;
DROP INDEX sessions_id_unique;
ALTER TABLE sessions DROP COLUMN agent;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN id;
ALTER TABLE users DROP COLUMN updated_by;
ALTER TABLE users DROP COLUMN updated_at;
ALTER TABLE users DROP COLUMN revision;
DROP INDEX users_name_key_unique;
ALTER TABLE users DROP COLUMN name_key;
