-- What was asked for a target before, newest first. Only of kinds whose targets last: what is sent, run or called has
-- a key of its own each time, and would only make the index larger.
CREATE INDEX "change_part_target_idx" ON "change_part" ("tenant_id", "target_key", "call_id")
WHERE "kind" IN ('file', 'record', 'config');
