WITH call AS (
  INSERT INTO floor_call (id, tenant, body, at)
  VALUES (nextval('floor_id'), 'ten_01J00000000000000000000000', jsonb_build_object('words', repeat('x', 600)), clock_timestamp())
  RETURNING id, tenant
), change AS (
  INSERT INTO floor_change (id, envelope, content)
  SELECT id, convert_to(repeat('e', 900), 'UTF8'), convert_to(repeat('c', 1200), 'UTF8') FROM call
), approval AS (
  INSERT INTO floor_approval (id, tenant, status, version, expires_at)
  SELECT id, tenant, 'pending', 0, clock_timestamp() + interval '1 hour' FROM call
)
INSERT INTO floor_leaf (id, tenant, leaf)
SELECT nextval('floor_leaf_id'), tenant, convert_to(repeat('l', 700), 'UTF8') FROM call;
