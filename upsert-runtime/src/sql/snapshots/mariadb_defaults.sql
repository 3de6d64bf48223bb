INSERT INTO `app`.`parts` (`id`, `code`, `state`, `made`, `weight`)
VALUES (?, ?, coalesce(?, ('new')), ?, ?), (?, ?, coalesce(?, ('new')), ?, ?)
ON DUPLICATE KEY UPDATE `state` = VALUES(`state`), `made` = VALUES(`made`), `weight` = VALUES(`weight`)
