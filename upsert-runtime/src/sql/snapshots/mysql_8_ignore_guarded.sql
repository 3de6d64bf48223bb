INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `origin` = IF(`app`.`weather`.`origin` = upsert_rows.`origin` AND `app`.`weather`.`time_hour` = upsert_rows.`time_hour`, `app`.`weather`.`origin`, NULL)
