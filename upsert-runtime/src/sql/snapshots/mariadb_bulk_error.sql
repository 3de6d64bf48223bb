INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?)
