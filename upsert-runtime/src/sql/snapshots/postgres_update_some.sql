WITH written AS (
INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = EXCLUDED."temp"
WHERE target."temp" IS DISTINCT FROM EXCLUDED."temp" OR (target."temp" = 0 AND target."temp"::pg_catalog.text <> EXCLUDED."temp"::pg_catalog.text)
RETURNING xmax = 0 AS inserted
)
SELECT count(*) FILTER (WHERE inserted), count(*) FILTER (WHERE NOT inserted) FROM written
