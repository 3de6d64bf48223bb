CREATE TEMPORARY TABLE pg_temp.upsert_stage_0 (ord bigint, c0 text, c1 timestamp with time zone, c2 double precision, c3 text, c4 jsonb, c5 timestamp with time zone) ON COMMIT DROP;

COPY pg_temp.upsert_stage_0 (ord, c0, c1, c2, c3, c4, c5) FROM STDIN (FORMAT binary);

CREATE TEMPORARY TABLE pg_temp.upsert_converted_0 ON COMMIT DROP AS SELECT 0::bigint AS ord, "origin" AS c0, "time_hour" AS c1, "temp" AS c2, "note ""quoted""" AS c3, "extra" AS c4, "first_seen" AS c5 FROM "app"."weather" WITH NO DATA;
INSERT INTO pg_temp.upsert_converted_0 SELECT ord, c0, c1, c2, c3, c4, c5 FROM pg_temp.upsert_stage_0;

SELECT ord, earlier FROM (SELECT ord, pg_catalog.lag(ord) OVER (PARTITION BY c0, c1 ORDER BY ord) AS earlier FROM pg_temp.upsert_converted_0) AS keys
WHERE earlier IS NOT NULL ORDER BY ord LIMIT 1;

SELECT (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT c0, c1 FROM pg_temp.upsert_converted_0) AS keys), (SELECT pg_catalog.count(*) FROM pg_temp.upsert_converted_0);

WITH written AS (
INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT DISTINCT ON (c0, c1) pg_catalog.first_value(c0) OVER same_key, pg_catalog.first_value(c1) OVER same_key, c2, c3, c4, pg_catalog.first_value(c5) OVER same_key FROM pg_temp.upsert_converted_0 AS sent
WINDOW same_key AS (PARTITION BY c0, c1 ORDER BY ord)
ORDER BY c0, c1, ord DESC
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = EXCLUDED."temp", "note ""quoted""" = EXCLUDED."note ""quoted""", "extra" = EXCLUDED."extra"
WHERE target."temp" IS DISTINCT FROM EXCLUDED."temp" OR (target."temp" = 0 AND target."temp"::pg_catalog.text <> EXCLUDED."temp"::pg_catalog.text) OR ROW(target."note ""quoted""", target."extra")::record OPERATOR(pg_catalog.*<>) ROW(EXCLUDED."note ""quoted""", EXCLUDED."extra")::record
RETURNING xmax = 0 AS inserted
)
SELECT pg_catalog.count(*) FILTER (WHERE inserted), pg_catalog.count(*) FILTER (WHERE NOT inserted)
FROM written;

INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT DISTINCT ON (c0, c1) pg_catalog.first_value(c0) OVER same_key, pg_catalog.first_value(c1) OVER same_key, c2, c3, c4, pg_catalog.first_value(c5) OVER same_key FROM pg_temp.upsert_converted_0 AS sent
WINDOW same_key AS (PARTITION BY c0, c1 ORDER BY ord)
ORDER BY c0, c1, ord DESC
ON CONFLICT ("origin", "time_hour") DO NOTHING;

INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT DISTINCT ON (c0, c1) pg_catalog.first_value(c0) OVER same_key, pg_catalog.first_value(c1) OVER same_key, c2, c3, c4, pg_catalog.first_value(c5) OVER same_key FROM pg_temp.upsert_converted_0 AS sent
WINDOW same_key AS (PARTITION BY c0, c1 ORDER BY ord)
ORDER BY c0, c1, ord DESC
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = EXCLUDED."temp", "note ""quoted""" = EXCLUDED."note ""quoted""", "extra" = EXCLUDED."extra"
WHERE target."temp" IS DISTINCT FROM EXCLUDED."temp" OR (target."temp" = 0 AND target."temp"::pg_catalog.text <> EXCLUDED."temp"::pg_catalog.text) OR ROW(target."note ""quoted""", target."extra")::record OPERATOR(pg_catalog.*<>) ROW(EXCLUDED."note ""quoted""", EXCLUDED."extra")::record;

DROP TABLE pg_temp.upsert_stage_0, pg_temp.upsert_converted_0
