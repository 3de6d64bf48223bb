LOCK TABLES `tenant 7`.`other` WRITE;

CREATE DATABASE IF NOT EXISTS `tenant 7` CHARACTER SET utf8mb4;

SELECT EXISTS (SELECT 1 FROM `tenant 7`.`other`);

SELECT EXISTS (SELECT 1 FROM `tenant 7`.`other` WHERE `code` IS NOT NULL);

ALTER TABLE `tenant 7`.`other`
    ADD COLUMN `state` enum('new', 'old') CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL DEFAULT ('new'),
    ADD COLUMN `made` date NOT NULL DEFAULT (curdate()),
    ADD COLUMN `weight` double COMMENT 'What it weighs, in its owner''s \\ kilograms.',
    ADD COLUMN `grams` double GENERATED ALWAYS AS (weight * 1000) STORED,
    ADD COLUMN `twice` longtext GENERATED ALWAYS AS (code) STORED,
    ADD CONSTRAINT `one "code"` UNIQUE (`code`, `state`),
    ADD INDEX `other_made_state_idx` (`made`, `state`);

ALTER TABLE `tenant 7`.`other`
    MODIFY COLUMN `state` enum('new', 'old') CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
    MODIFY COLUMN `made` date DEFAULT NULL;

ALTER TABLE `tenant 7`.`other`
    MODIFY COLUMN `id` bigint NOT NULL AUTO_INCREMENT,
    MODIFY COLUMN `code` varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL COMMENT 'its code'
