WITH written AS (
INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)
ON CONFLICT ("time_hour") DO UPDATE SET "temp" = EXCLUDED."temp", "note ""quoted""" = EXCLUDED."note ""quoted""", "extra" = EXCLUDED."extra"
WHERE ROW(target."temp", target."note ""quoted""") IS DISTINCT FROM ROW(EXCLUDED."temp", EXCLUDED."note ""quoted""") OR (target."temp" = 0 AND target."temp"::pg_catalog.text <> EXCLUDED."temp"::pg_catalog.text) OR ROW(target."extra")::record OPERATOR(pg_catalog.*<>) ROW(EXCLUDED."extra")::record
RETURNING xmax = 0 AS inserted
)
SELECT count(*) FILTER (WHERE inserted), count(*) FILTER (WHERE NOT inserted) FROM written
