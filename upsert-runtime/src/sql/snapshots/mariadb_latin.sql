INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
VALUES (?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE `temp` = VALUES(`temp`), `note "quoted"` = VALUES(`note "quoted"`), `extra` = VALUES(`extra`);

INSERT INTO `app`.`upsert_stage_0` (ord, c0, c1, c2, c3, c4, c5)
VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE again = coalesce(`app`.`upsert_stage_0`.again, VALUES(ord)), c2 = VALUES(c2), c3 = VALUES(c3), c4 = VALUES(c4)
