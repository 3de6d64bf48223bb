INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `origin` = IF((@upsert_found := @upsert_found + 1) > 0 AND `app`.`weather`.`origin` = upsert_rows.`origin` AND `app`.`weather`.`time_hour` = upsert_rows.`time_hour`, `app`.`weather`.`origin`, NULL), `temp` = upsert_rows.`temp`, `note "quoted"` = upsert_rows.`note "quoted"`, `extra` = upsert_rows.`extra`
