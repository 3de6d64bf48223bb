SELECT a.attname::pg_catalog.text,
    CASE WHEN a.attidentity = ''
        THEN pg_catalog.format('(%s)::%s', pg_catalog.pg_get_expr(d.adbin, d.adrelid), pg_catalog.format_type(a.atttypid, -1))
        ELSE pg_catalog.format('pg_catalog.nextval(%s::pg_catalog.regclass)', (
            SELECT s.objid
            FROM pg_catalog.pg_depend AS s
            WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.deptype = 'i'
              AND s.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
              AND s.refobjid = c.oid AND s.refobjsubid = a.attnum
        ))
    END,
    a.attidentity = 'a',
    CASE WHEN a.attidentity = '' THEN pg_catalog.format_type(a.atttypid, -1) END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = $1 AND c.relname = $2 AND (a.attidentity <> '' OR a.atthasdef AND a.attgenerated = '')
