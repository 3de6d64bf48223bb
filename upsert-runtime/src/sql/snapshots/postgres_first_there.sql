SELECT pg_catalog.min(place) FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS sent(c0, c1, place)
JOIN "app"."weather" AS target ON target."origin" = sent.c0 AND target."time_hour" = sent.c1
WHERE EXISTS (
    SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
    WHERE x.relname = 'weather_pkey' AND i.indisunique AND ARRAY['origin', 'time_hour']::pg_catalog.text[] = ARRAY(
        SELECT k.attname::pg_catalog.text FROM pg_catalog.pg_attribute AS k
        WHERE k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey::pg_catalog.int2[]) ORDER BY k.attname
    )
)
