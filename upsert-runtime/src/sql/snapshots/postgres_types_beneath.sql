WITH RECURSIVE chain(type, beneath, modifier, arrays, step) AS (
    SELECT type, type, -1, 0, 0 FROM pg_catalog.unnest($1) AS types(type)
    UNION ALL
    SELECT chain.type, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
        CASE WHEN t.typtype = 'd' AND t.typtypmod <> -1 THEN t.typtypmod ELSE chain.modifier END,
        chain.arrays + CASE WHEN t.typtype = 'd' THEN 0 ELSE 1 END,
        chain.step + 1
    FROM chain JOIN pg_catalog.pg_type AS t ON t.oid = chain.beneath
    WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typelem <> 0
)
SELECT DISTINCT ON (chain.type) chain.type, t.oid, chain.modifier, chain.arrays > 0,
    CASE WHEN t.typtype = 'e' THEN tn.nspname::pg_catalog.text END, t.typname::pg_catalog.text,
    ARRAY(SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid)
FROM chain
JOIN pg_catalog.pg_type AS t ON t.oid = chain.beneath
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
ORDER BY chain.type, chain.step DESC
