SELECT n.nspname::pg_catalog.text, c.relkind = 'r', a.attname::pg_catalog.text,
    t.oid, CASE WHEN t.oid = a.atttypid THEN a.atttypmod ELSE beneath.of[2]::pg_catalog.int4 END,
    coalesce(beneath.of[3] > 0, false), t.oid <> a.atttypid,
    coalesce(l.collisdeterministic, true), pg_catalog.format_type(a.atttypid, a.atttypmod),
    CASE WHEN t.typtype = 'e' THEN tn.nspname::pg_catalog.text END, t.typname::pg_catalog.text,
    ARRAY(SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL (
    SELECT CASE WHEN d.typtype = 'd' OR d.typcategory = 'A' THEN (
        WITH RECURSIVE chain(type, modifier, arrays, step) AS (
            SELECT a.atttypid, a.atttypmod, 0, 0
            UNION ALL
            SELECT CASE WHEN b.typtype = 'd' THEN b.typbasetype ELSE b.typelem END,
                CASE WHEN b.typtype = 'd' AND b.typtypmod <> -1 THEN b.typtypmod ELSE chain.modifier END,
                chain.arrays + CASE WHEN b.typtype = 'd' THEN 0 ELSE 1 END,
                chain.step + 1
            FROM chain JOIN pg_catalog.pg_type AS b ON b.oid = chain.type
            WHERE b.typtype = 'd' OR b.typcategory = 'A' AND b.typelem <> 0
        )
        SELECT ARRAY[type::pg_catalog.int8, modifier, arrays] FROM chain ORDER BY step DESC LIMIT 1
    ) END AS of
    FROM pg_catalog.pg_type AS d
    WHERE d.oid = a.atttypid
) AS beneath
JOIN pg_catalog.pg_type AS t ON t.oid = coalesce(beneath.of[1]::pg_catalog.oid, a.atttypid)
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
WHERE c.oid = (
    SELECT c.oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'f')
      AND CASE
          WHEN $2 = 'pg_temp' THEN n.oid = pg_catalog.pg_my_temp_schema()
          WHEN $2 IS NOT NULL THEN n.nspname = $2
          ELSE n.nspname = ANY (pg_catalog.current_schemas(false)) AND n.oid <> pg_catalog.pg_my_temp_schema()
      END
    ORDER BY pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname)
    LIMIT 1
)
