SELECT 1 FROM "main"."weather" AS target WHERE target."origin" = ?1 AND target."time_hour" = ?2;

SELECT coalesce(max(rowid), 0) FROM "main"."weather";

DROP TABLE IF EXISTS temp.upsert_stage;
CREATE TABLE temp.upsert_stage (ord INTEGER PRIMARY KEY, c0, c1, c2, c3, c4, c5);

INSERT INTO temp.upsert_stage (c0, c1, c2, c3, c4, c5, ord) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

SELECT c0, c1, c2, c3, c4, c5, ord FROM temp.upsert_stage ORDER BY c0, c1, ord;

DROP TABLE IF EXISTS temp.upsert_stage
