SELECT CASE
        WHEN $1::pg_catalog.xid8 < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
        THEN pg_catalog.pg_xact_status($1::pg_catalog.xid8)
        ELSE 'in progress'
    END,
    coalesce(
        extract(epoch FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text = $2
        AND extract(epoch FROM stats_reset)::pg_catalog.numeric < $3::pg_catalog.numeric,
        false
    ),
    EXISTS (
        SELECT FROM pg_catalog.pg_locks AS l LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'transactionid' AND l.transactionid = $1::pg_catalog.xid8::pg_catalog.xid AND l.granted
          AND coalesce(extract(epoch FROM a.xact_start)::pg_catalog.text = $3, true)
    )
FROM pg_catalog.pg_stat_archiver
WHERE NOT pg_catalog.pg_is_in_recovery()
