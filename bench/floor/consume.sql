WITH spent AS (
  UPDATE floor_approval SET status = 'consumed', version = version + 1
  WHERE id = (SELECT nextval('floor_spend_id')) AND status = 'pending'
  RETURNING id, tenant
), execution AS (
  INSERT INTO floor_execution (id, nonce, started_at) SELECT id, repeat('n', 64), clock_timestamp() FROM spent
)
INSERT INTO floor_leaf (id, tenant, leaf)
SELECT nextval('floor_leaf_id'), tenant, convert_to(repeat('l', 700), 'UTF8') FROM spent;
