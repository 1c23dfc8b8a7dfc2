SELECT a.status, a.version, c.body, h.envelope
FROM floor_approval a JOIN floor_call c ON c.id = a.id JOIN floor_change h ON h.id = a.id
WHERE a.id = (SELECT 1 + floor(random() * 200)::bigint);
