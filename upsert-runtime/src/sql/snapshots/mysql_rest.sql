SELECT EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = _utf8mb4 x'617070' AND EVENT_OBJECT_TABLE = _utf8mb4 x'77656174686572' AND ACTION_TIMING = 'BEFORE' AND EVENT_MANIPULATION = 'INSERT');

SELECT GET_LOCK(concat('upsert create ', sha1(x'77656174686572')), 86400);

DO RELEASE_LOCK(concat('upsert create ', sha1(x'77656174686572')));

DO GET_LOCK(concat('upsert number ', sha1(x'77656174686572')), 86400);

DO RELEASE_LOCK(concat('upsert number ', sha1(x'77656174686572')));

SET @upsert_found = 0, @upsert_sql_mode = @@SESSION.sql_mode, @upsert_time_zone = @@SESSION.time_zone, @upsert_character_set = @@SESSION.character_set_client, @upsert_collation = @@SESSION.collation_connection, SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', SESSION time_zone = '+00:00', SESSION character_set_client = utf8mb4, SESSION collation_connection = utf8mb4_bin;

SET SESSION sql_mode = @upsert_sql_mode, SESSION time_zone = @upsert_time_zone, SESSION character_set_client = @upsert_character_set, SESSION collation_connection = @upsert_collation, @upsert_found = NULL, @upsert_sql_mode = NULL, @upsert_time_zone = NULL, @upsert_character_set = NULL, @upsert_collation = NULL;

SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
START TRANSACTION;

KILL CONNECTION 7;

SELECT EXISTS (SELECT 1 FROM `app`.`weather` WHERE `origin` = ? AND `time_hour` = ?), EXISTS (SELECT 1 FROM `app`.`weather` WHERE `origin` = ? AND `time_hour` = ?)
