-- What a call, its approval and its leaf cost PostgreSQL when nothing is checked: rows of the same width and
-- number as ours, without policies, functions or hashes.
CREATE TABLE floor_call (id bigint PRIMARY KEY, tenant text NOT NULL, body jsonb NOT NULL, at timestamptz NOT NULL);
CREATE TABLE floor_change (id bigint PRIMARY KEY, envelope bytea NOT NULL, content bytea NOT NULL);
CREATE TABLE floor_approval (
  id bigint PRIMARY KEY, tenant text NOT NULL, status text NOT NULL, version int NOT NULL, expires_at timestamptz NOT NULL
);
CREATE TABLE floor_execution (id bigint PRIMARY KEY, nonce text NOT NULL, started_at timestamptz NOT NULL);
CREATE TABLE floor_leaf (id bigint PRIMARY KEY, tenant text NOT NULL, leaf bytea NOT NULL);
CREATE SEQUENCE floor_id;
CREATE SEQUENCE floor_leaf_id;
CREATE SEQUENCE floor_spend_id;
