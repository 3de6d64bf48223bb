INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (CONVERT(? USING utf8mb4), ?, ?, ?, ?, ?), (CONVERT(? USING utf8mb4), ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `temp` = upsert_rows.`temp`, `note "quoted"` = upsert_rows.`note "quoted"`, `extra` = upsert_rows.`extra`;

INSERT INTO `app`.`upsert_stage_0` (ord, c0, c1, c2, c3, c4, c5)
VALUES (?, CONVERT(? USING utf8mb4), ?, ?, ?, ?, ?), (?, CONVERT(? USING utf8mb4), ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE again = coalesce(`app`.`upsert_stage_0`.again, upsert_rows.ord), c2 = upsert_rows.c2, c3 = upsert_rows.c3, c4 = upsert_rows.c4
