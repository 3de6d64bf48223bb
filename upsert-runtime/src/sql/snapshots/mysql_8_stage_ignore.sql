CREATE TEMPORARY TABLE `app`.`upsert_stage_0` (ord bigint unsigned NOT NULL, again bigint unsigned NULL, c0 text_as_it_is NOT NULL, c1 timestamptz_as_it_is NOT NULL, c2 double_as_it_is NULL, c3 text_as_it_is NULL, c4 json_as_it_is NULL, c5 timestamptz_as_it_is NULL, PRIMARY KEY (c0, c1)) ENGINE = InnoDB;

INSERT INTO `app`.`upsert_stage_0` (ord, c0, c1, c2, c3, c4, c5)
VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, ?, ?, ?, ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE again = coalesce(`app`.`upsert_stage_0`.again, upsert_rows.ord);

SELECT count(*) FROM `app`.`upsert_stage_0`;
SELECT again, ord FROM `app`.`upsert_stage_0` WHERE again IS NOT NULL ORDER BY again LIMIT 1;

INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`)
SELECT sent.c0, sent.c1, sent.c2, sent.c3, sent.c4, sent.c5 FROM `app`.`upsert_stage_0` AS sent
ORDER BY c0, c1
ON DUPLICATE KEY UPDATE `origin` = `app`.`weather`.`origin`;

DROP TEMPORARY TABLE IF EXISTS `app`.`upsert_stage_0`
