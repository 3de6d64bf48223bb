CREATE TABLE IF NOT EXISTS `weather` (
    `origin` varchar(40) NOT NULL,
    `time_hour` datetime(6) NOT NULL,
    `temp` double,
    `note "quoted"` longtext,
    `extra` json,
    `first_seen` datetime(6) NOT NULL,
    CONSTRAINT `weather_time_hour_origin_key` UNIQUE (`time_hour`, `origin`)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
