SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE backend_xid = $1::pg_catalog.xid8::pg_catalog.xid AND state = 'idle in transaction'
