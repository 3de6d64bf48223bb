CREATE TABLE IF NOT EXISTS `app`.`weather` (
    `origin` varchar(40) NOT NULL,
    `time_hour` datetime(6) NOT NULL,
    `temp` double,
    `note "quoted"` longtext,
    `extra` json,
    `first_seen` datetime(6) NOT NULL,
    PRIMARY KEY (`origin`, `time_hour`)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
