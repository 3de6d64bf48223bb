SELECT $1 = 'pg_temp' OR EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)
