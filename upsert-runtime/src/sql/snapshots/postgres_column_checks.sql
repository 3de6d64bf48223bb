SELECT a.attname::pg_catalog.text, pg_catalog.quote_ident(a.attname), o.conname::pg_catalog.text,
    CASE pg_catalog.current_setting('standard_conforming_strings')
        WHEN 'on' THEN pg_catalog.pg_get_constraintdef(o.oid)
        ELSE pg_catalog.replace(
            pg_catalog.pg_get_constraintdef(o.oid), pg_catalog.repeat(pg_catalog.chr(92), 2), pg_catalog.chr(92)
        )
    END,
    o.coninhcount = 0 AND o.convalidated AND NOT o.connoinherit, pg_catalog.obj_description(o.oid, 'pg_constraint')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_constraint AS o ON o.conrelid = c.oid AND o.contype = 'c' AND pg_catalog.cardinality(o.conkey) = 1
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = o.conkey[1]
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY o.conname
