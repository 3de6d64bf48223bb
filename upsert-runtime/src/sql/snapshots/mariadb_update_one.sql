INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
SELECT ?, ?, ?, ?, ?, ? FROM DUAL WHERE 1
ON DUPLICATE KEY UPDATE `origin` = IF(`app`.`weather`.`origin` = VALUES(`origin`) AND `app`.`weather`.`time_hour` = VALUES(`time_hour`), `app`.`weather`.`origin`, NULL), `temp` = VALUES(`temp`), `note "quoted"` = VALUES(`note "quoted"`), `extra` = VALUES(`extra`)
