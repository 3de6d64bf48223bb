INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE `origin` = IF((@upsert_found := @upsert_found + 1) > 0, `app`.`weather`.`origin`, `app`.`weather`.`origin`)
