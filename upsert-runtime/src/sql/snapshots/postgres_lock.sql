SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('upsert create ' || $1, 0))
