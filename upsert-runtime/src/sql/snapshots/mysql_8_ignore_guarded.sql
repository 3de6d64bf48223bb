INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `origin` = IF(IF(`app`.`weather`.`origin` = upsert_rows.`origin` AND `app`.`weather`.`time_hour` = upsert_rows.`time_hour`, 1, (SELECT 1 UNION ALL SELECT 2)), `app`.`weather`.`origin`, `app`.`weather`.`origin`)
