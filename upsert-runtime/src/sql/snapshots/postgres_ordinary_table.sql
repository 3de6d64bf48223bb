SELECT (SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = c.relnamespace), c.relhastriggers, a.attname, a.attnum, a.atttypid, a.atttypmod, a.attcollation,
    pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> '' OR a.attidentity = 'a', a.attnotnull,
    a.atthasdef OR a.attidentity <> '',
    CASE WHEN a.attname = 'origin' THEN coalesce((
        SELECT pg_catalog.string_agg(pg_catalog.concat_ws(
            ';', i.indimmediate::pg_catalog.int4, i.indnkeyatts, i.indkey, i.indcollation
        ), ',')
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
          AND i.indpred IS NULL AND i.indexprs IS NULL
    ), '') END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = pg_catalog.to_regclass('"weather"') AND c.relnamespace <> pg_catalog.pg_my_temp_schema() AND c.relnamespace <> 11
  AND c.relname = 'weather' AND c.relkind = 'r' AND NOT c.relhasrules
  AND pg_catalog.now() = pg_catalog.statement_timestamp()
