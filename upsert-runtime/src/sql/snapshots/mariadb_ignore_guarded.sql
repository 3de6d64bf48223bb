INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE `origin` = IF(`app`.`weather`.`origin` = VALUES(`origin`) AND `app`.`weather`.`time_hour` = VALUES(`time_hour`), `app`.`weather`.`origin`, NULL)
