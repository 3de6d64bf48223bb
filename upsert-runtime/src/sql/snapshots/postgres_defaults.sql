WITH written AS (
INSERT INTO "app"."parts" AS target ("id", "code", "state", "made", "weight")
OVERRIDING SYSTEM VALUE
SELECT coalesce(c0, (SELECT there."id" FROM "app"."parts" AS there WHERE there."code" = sent.c1), nextval('parts_id_seq')), c1, coalesce(c2::text, ('new')::text), c3, c4
FROM (SELECT pg_catalog.unnest($1) AS c0, pg_catalog.unnest($2) AS c1, pg_catalog.unnest($3) AS c2, pg_catalog.unnest($4) AS c3, pg_catalog.unnest($5) AS c4) AS sent
ON CONFLICT ("code") DO UPDATE SET "state" = EXCLUDED."state", "made" = EXCLUDED."made", "weight" = EXCLUDED."weight"
WHERE ROW(target."state", target."made", target."weight") IS DISTINCT FROM ROW(EXCLUDED."state", EXCLUDED."made", EXCLUDED."weight") OR (target."weight" = 0 AND target."weight"::pg_catalog.text <> EXCLUDED."weight"::pg_catalog.text)
RETURNING xmax = 0 AS inserted
)
SELECT pg_catalog.count(*) FILTER (WHERE inserted), pg_catalog.count(*) FILTER (WHERE NOT inserted)
FROM written
