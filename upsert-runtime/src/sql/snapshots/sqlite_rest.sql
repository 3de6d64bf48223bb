SELECT 1 FROM "main"."weather" AS target WHERE target."origin" = ?1 COLLATE "BINARY" AND target."time_hour" = ?2 COLLATE "BINARY";

SELECT max(rowid) FROM "main"."weather" AS target;

SELECT target."time_hour" FROM "main"."weather" AS target WHERE target."time_hour" >= ?1 ORDER BY target."time_hour" LIMIT 1 OFFSET ?2;

SELECT count(*) FROM "main"."weather" AS target WHERE target."time_hour" BETWEEN ?1 AND ?2;

SELECT count(*) FROM (SELECT 1 FROM "main"."weather" AS target WHERE target."time_hour" BETWEEN ?1 AND ?2 LIMIT ?3);

INSERT OR ABORT INTO "main"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
VALUES (?1, ?2, ?3, ?4, ?5, ?6), (?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = +excluded."temp", "note ""quoted""" = +excluded."note ""quoted""", "extra" = +excluded."extra"
WHERE target."temp" IS NOT excluded."temp" COLLATE BINARY OR target."note ""quoted""" IS NOT excluded."note ""quoted""" COLLATE BINARY OR target."extra" IS NOT excluded."extra" COLLATE BINARY;

CREATE TABLE temp.upsert_stage_0 (c0, c1, c2, c3, c4, c5);

INSERT INTO temp.upsert_stage_0 (c0, c1, c2, c3, c4, c5, rowid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

SELECT c0, c1, c2, c3, c4, c5, rowid FROM temp.upsert_stage_0 ORDER BY c0, c1, rowid;

DROP TABLE IF EXISTS temp.upsert_stage_0
