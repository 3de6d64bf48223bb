INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE `origin` = IF(IF((@upsert_found := @upsert_found + 1) > 0 AND `app`.`weather`.`origin` = VALUES(`origin`) AND `app`.`weather`.`time_hour` = VALUES(`time_hour`), 1, (SELECT 1 UNION ALL SELECT 2)), `app`.`weather`.`origin`, `app`.`weather`.`origin`), `temp` = VALUES(`temp`), `note "quoted"` = VALUES(`note "quoted"`), `extra` = VALUES(`extra`)
