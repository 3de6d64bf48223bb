INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `temp` = upsert_rows.`temp`, `note "quoted"` = upsert_rows.`note "quoted"`, `extra` = upsert_rows.`extra`
