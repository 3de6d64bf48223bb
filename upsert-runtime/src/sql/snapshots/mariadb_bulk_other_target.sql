INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE `time_hour` = IF((@upsert_found := @upsert_found + 1) > 0, `app`.`weather`.`time_hour`, `app`.`weather`.`time_hour`), `temp` = VALUES(`temp`), `note "quoted"` = VALUES(`note "quoted"`), `extra` = VALUES(`extra`)
