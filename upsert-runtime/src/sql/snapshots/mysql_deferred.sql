CREATE TABLE IF NOT EXISTS `app`.`parts` (
    `id` bigint NOT NULL AUTO_INCREMENT,
    `code` varchar(20) NOT NULL,
    `state` enum('new', 'old') NOT NULL DEFAULT ('new'),
    `made` date NOT NULL DEFAULT (curdate()),
    `weight` double COMMENT 'What it weighs, in its owner''s \\ kilograms.',
    `grams` double GENERATED ALWAYS AS (weight * 1000) STORED,
    `twice` longtext GENERATED ALWAYS AS (code) STORED,
    PRIMARY KEY (`id`),
    CONSTRAINT `one "code"` UNIQUE (`code`, `state`),
    CONSTRAINT `parts_code_key` UNIQUE (`code`)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin COMMENT = 'What is made of parts.';

SELECT NOT EXISTS (SELECT 1 FROM information_schema.statistics WHERE table_schema = 'app' AND table_name = 'parts' AND index_name = 'parts_made_state_idx');

ALTER TABLE `app`.`parts`
    ADD INDEX `parts_made_state_idx` (`made`, `state`)
