INSERT INTO `app`.`parts` (`id`, `code`, `state`, `made`, `weight`)
VALUES (?, ?, coalesce(?, ('new')), ?, ?), (?, ?, coalesce(?, ('new')), ?, ?) AS upsert_rows
ON DUPLICATE KEY UPDATE `state` = upsert_rows.`state`, `made` = upsert_rows.`made`, `weight` = upsert_rows.`weight`
