SELECT a.attname::pg_catalog.text,
    (
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
        FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
        WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation
    ),
    (
        SELECT ARRAY[
            pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.relname),
            pg_catalog.format_type(q.seqtypid, NULL)
        ]
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'a'
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
        LIMIT 1
    ),
    pg_catalog.array_remove(ARRAY[
        CASE WHEN a.attstorage <> t.typstorage THEN 'SET STORAGE ' || CASE a.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED'
        END END,
        CASE pg_catalog.to_jsonb(a) ->> 'attcompression'
            WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN 'SET COMPRESSION lz4'
        END
    ], NULL)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE n.nspname = $1 AND c.relname = $2
