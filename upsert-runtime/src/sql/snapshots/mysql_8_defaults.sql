SELECT (SELECT there.`id` FROM `app`.`parts` AS there WHERE there.`code` = ?), (SELECT there.`id` FROM `app`.`parts` AS there WHERE there.`code` = ?);

INSERT INTO `app`.`parts` (`id`, `code`, `state`, `made`, `weight`)
VALUES (?, ?, coalesce(?, ('new')), ?, ?), (?, ?, coalesce(?, ('new')), ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `state` = upsert_rows.`state`, `made` = upsert_rows.`made`, `weight` = upsert_rows.`weight`;

INSERT INTO `app`.`parts` (`id`, `code`, `state`, `made`, `weight`)
SELECT coalesce(sent.c0, (SELECT there.`id` FROM `app`.`parts` AS there WHERE there.`code` = sent.c1)), sent.c1, coalesce(sent.c2, ('new')), sent.c3, sent.c4 FROM `app`.`upsert_stage_0` AS sent
ORDER BY c1
ON DUPLICATE KEY UPDATE `code` = IF((@upsert_found := @upsert_found + 1) > 0, `app`.`parts`.`code`, `app`.`parts`.`code`), `state` = VALUES(`state`), `made` = VALUES(`made`), `weight` = VALUES(`weight`)
