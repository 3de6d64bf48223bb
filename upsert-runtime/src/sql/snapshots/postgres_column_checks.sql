SELECT a.attname::pg_catalog.text, pg_catalog.quote_ident(a.attname), o.conname::pg_catalog.text,
    pg_catalog.pg_get_constraintdef(o.oid), o.coninhcount = 0
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_constraint AS o ON o.conrelid = c.oid AND o.contype = 'c' AND pg_catalog.cardinality(o.conkey) = 1
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = o.conkey[1]
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY o.conname
