-- A rotated key names the one it replaces: a line of keys may go on from any of its two live ones.
ALTER TABLE "api_key" ADD COLUMN "rotated_from_id" TEXT;
