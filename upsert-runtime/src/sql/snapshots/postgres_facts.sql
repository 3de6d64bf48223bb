SELECT c.nspname::pg_catalog.text, c.relkind = 'r', a.attname::pg_catalog.text, t.oid, a.atttypmod,
    t.typtype IN ('d', 'e') OR t.typcategory = 'A',
    a.attcollation IN (0, 100) OR (
        SELECT l.collisdeterministic FROM pg_catalog.pg_collation AS l WHERE l.oid = a.attcollation
    ),
    pg_catalog.format_type(a.atttypid, a.atttypmod),
    a.attgenerated <> '' OR a.attidentity = 'a',
    c.relkind IN ('r', 'p') AND (a.attnotnull OR t.typnotnull) AND NOT (
        (c.relhastriggers OR c.relkind = 'p') AND EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS g
            WHERE g.tgrelid = ANY (CASE c.relkind
                WHEN 'p' THEN ARRAY(SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree(c.oid))
                ELSE ARRAY[c.oid]
            END) AND NOT g.tgisinternal AND g.tgtype & 7 = 7
        )
    ),
    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
    CASE WHEN c.relkind IN ('r', 'p') AND a.attname = ($3)[1] THEN ARRAY(
        SELECT i.indimmediate::pg_catalog.int4 + 2 * EXISTS (
            SELECT FROM pg_catalog.pg_collation AS o
            WHERE o.oid = ANY (i.indcollation::pg_catalog.oid[]) AND NOT o.collisdeterministic
              AND o.oid <> ALL (k.collations)
        )::pg_catalog.int4
        FROM pg_catalog.pg_index AS i
        CROSS JOIN LATERAL (
            SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attname), pg_catalog.array_agg(a.attcollation)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])
        ) AS k(names, collations)
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
          AND i.indpred IS NULL AND i.indexprs IS NULL AND k.names = $3
    ) END,
    a.attcollation,
    c.relhasrules AND c.relkind IN ('r', 'p') AND EXISTS (
        SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '3')
    ),
    NOT (a.attnotnull OR t.typnotnull),
    CASE c.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END
FROM (
    SELECT c.oid, c.relkind, c.relhastriggers, c.relhasrules, n.nspname
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
) AS c
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
