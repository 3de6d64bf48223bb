INSERT INTO "app"."weather" AS target ("origin", "time_hour", "temp", "note ""quoted""", "extra", "first_seen")
SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)
ON CONFLICT ("origin", "time_hour") DO NOTHING
