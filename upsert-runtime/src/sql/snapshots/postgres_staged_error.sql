INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT c0, c1, c2, c3, c4, c5 FROM pg_temp.upsert_stage_0 AS sent
ORDER BY c0 COLLATE "C", c1
