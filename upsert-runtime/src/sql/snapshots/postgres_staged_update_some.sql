WITH written AS (
INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT DISTINCT ON (c0 COLLATE "C", c1) c0, c1, c2, pg_catalog.first_value(c3) OVER same_key, pg_catalog.first_value(c4) OVER same_key, pg_catalog.first_value(c5) OVER same_key FROM pg_temp.upsert_stage_0 AS sent
WINDOW same_key AS (PARTITION BY c0 COLLATE "C", c1 ORDER BY ord)
ORDER BY c0 COLLATE "C", c1, ord DESC
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = EXCLUDED."temp"
WHERE target."temp" IS DISTINCT FROM EXCLUDED."temp" OR (target."temp" = 0 AND target."temp"::pg_catalog.text <> EXCLUDED."temp"::pg_catalog.text)
RETURNING xmax = 0 AS inserted
)
SELECT pg_catalog.count(*) FILTER (WHERE inserted), pg_catalog.count(*) FILTER (WHERE NOT inserted)
FROM written
