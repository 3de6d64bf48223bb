SELECT 1 FROM "main"."weather" AS target WHERE target."origin" = ?1 AND target."time_hour" = ?2;

SELECT coalesce(max(rowid), 0) FROM "main"."weather";

CREATE TABLE temp.upsert_stage_0 (c0, c1, c2, c3, c4, c5);

INSERT INTO temp.upsert_stage_0 (c0, c1, c2, c3, c4, c5, rowid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

SELECT c0, c1, c2, c3, c4, c5, rowid FROM temp.upsert_stage_0 ORDER BY c0, c1, rowid;

DROP TABLE IF EXISTS temp.upsert_stage_0
