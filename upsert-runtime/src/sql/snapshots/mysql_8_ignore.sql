INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `origin` = `app`.`weather`.`origin`
