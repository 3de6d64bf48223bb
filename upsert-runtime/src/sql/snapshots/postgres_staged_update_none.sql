INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT DISTINCT ON (c0 COLLATE "C", c1) c0, c1, pg_catalog.first_value(c2) OVER same_key, pg_catalog.first_value(c3) OVER same_key, pg_catalog.first_value(c4) OVER same_key, pg_catalog.first_value(c5) OVER same_key FROM pg_temp.upsert_stage_0 AS sent
WINDOW same_key AS (PARTITION BY c0 COLLATE "C", c1 ORDER BY ord)
ORDER BY c0 COLLATE "C", c1, ord DESC
ON CONFLICT ("origin", "time_hour") DO NOTHING
