INSERT OR ABORT INTO "main"."parts" AS target ("id", "code", "state", "made", "weight")
VALUES (?1, ?2, coalesce(?3, 'new'), ?4, ?5), (?6, ?7, coalesce(?8, 'new'), ?9, ?10)
ON CONFLICT ("code") DO UPDATE SET "state" = +excluded."state", "made" = +excluded."made", "weight" = +excluded."weight"
WHERE target."weight" IS NOT excluded."weight" COLLATE BINARY OR target."state" IS NOT excluded."state" COLLATE BINARY OR target."made" IS NOT excluded."made" COLLATE BINARY
