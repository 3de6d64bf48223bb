BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT pg_catalog.now() = pg_catalog.statement_timestamp(), pg_catalog.pg_current_xact_id(),
    extract(epoch FROM pg_catalog.pg_postmaster_start_time()), extract(epoch FROM pg_catalog.now())
