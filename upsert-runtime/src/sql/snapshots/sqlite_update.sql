INSERT OR ABORT INTO "main"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT ("origin", "time_hour") DO UPDATE SET "temp" = +excluded."temp", "note ""quoted""" = +excluded."note ""quoted""", "extra" = +excluded."extra"
WHERE target."temp" IS NOT excluded."temp" COLLATE BINARY OR target."note ""quoted""" IS NOT excluded."note ""quoted""" COLLATE BINARY OR target."extra" IS NOT excluded."extra" COLLATE BINARY
