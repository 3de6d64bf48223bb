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

SELECT count(*) = 0 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = _utf8mb4 x'617070' AND TABLE_NAME = _utf8mb4 x'7061727473' AND (@@lower_case_table_names <> 0 OR CAST(TABLE_NAME AS BINARY) = x'7061727473') AND INDEX_NAME = _utf8mb4 x'70617274735f6d6164655f73746174655f696478';
SHOW WARNINGS;

ALTER TABLE `app`.`parts`
    ADD INDEX `parts_made_state_idx` (`made`, `state`)
