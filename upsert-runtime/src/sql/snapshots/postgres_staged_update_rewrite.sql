WITH written AS (
INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT DISTINCT ON (c0 COLLATE "C", c1) c0, c1, c2, c3, c4, pg_catalog.first_value(c5) OVER same_key FROM pg_temp.upsert_stage_0 AS sent
WINDOW same_key AS (PARTITION BY c0 COLLATE "C", c1 ORDER BY ord)
ORDER BY c0 COLLATE "C", c1, ord DESC
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = EXCLUDED."temp", "note ""quoted""" = EXCLUDED."note ""quoted""", "extra" = EXCLUDED."extra"
RETURNING xmax = 0 AS inserted
)
SELECT pg_catalog.count(*) FILTER (WHERE inserted), pg_catalog.count(*) FILTER (WHERE NOT inserted)
FROM written
