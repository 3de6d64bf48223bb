WITH written AS (
INSERT INTO "app"."parts" AS target ("id", "code", "state", "made", "weight")
OVERRIDING SYSTEM VALUE
SELECT DISTINCT ON (c1 COLLATE "C") coalesce(pg_catalog.first_value(c0) OVER same_key, (SELECT there."id" FROM "app"."parts" AS there WHERE there."code" = sent.c1), nextval('parts_id_seq')), c1, coalesce(c2::text, ('new')::text), c3, c4 FROM pg_temp.upsert_stage_0 AS sent
WINDOW same_key AS (PARTITION BY c1 COLLATE "C" ORDER BY ord)
ORDER BY c1 COLLATE "C", ord DESC
ON CONFLICT ("code") DO UPDATE SET "state" = EXCLUDED."state", "made" = EXCLUDED."made", "weight" = EXCLUDED."weight"
WHERE ROW(target."state", target."made", target."weight") IS DISTINCT FROM ROW(EXCLUDED."state", EXCLUDED."made", EXCLUDED."weight") OR (target."weight" = 0 AND target."weight"::pg_catalog.text <> EXCLUDED."weight"::pg_catalog.text)
RETURNING xmax = 0 AS inserted
)
SELECT pg_catalog.count(*) FILTER (WHERE inserted), pg_catalog.count(*) FILTER (WHERE NOT inserted)
FROM written
