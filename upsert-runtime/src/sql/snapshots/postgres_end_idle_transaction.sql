SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE backend_xid = $1::pg_catalog.xid8::pg_catalog.xid
  AND extract(epoch FROM xact_start)::pg_catalog.text = $2
  AND state = 'idle in transaction'
