INSERT INTO `app`.`weather` (`origin`, `time_hour`, `temp`, `note "quoted"`, `extra`, `first_seen`) SELECT NULL, NULL, NULL, NULL, NULL, NULL FROM DUAL WHERE 1 = 0;
SELECT CAST(COLUMN_NAME AS BINARY), CAST(DATA_TYPE AS BINARY), CAST(COLUMN_TYPE AS BINARY), CAST(CHARACTER_SET_NAME AS BINARY), CAST(COLLATION_NAME AS BINARY), CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, IS_NULLABLE = 'YES', CAST(COLUMN_DEFAULT AS BINARY), CAST(EXTRA AS BINARY)
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = _utf8mb4 x'617070' AND TABLE_NAME = _utf8mb4 x'77656174686572' AND (@@lower_case_table_names <> 0 OR CAST(TABLE_NAME AS BINARY) = x'77656174686572')
ORDER BY ORDINAL_POSITION LIMIT 100000;
SHOW WARNINGS;
SELECT CAST(INDEX_NAME AS BINARY), CAST(COLUMN_NAME AS BINARY), SUB_PART IS NULL
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = _utf8mb4 x'617070' AND TABLE_NAME = _utf8mb4 x'77656174686572' AND (@@lower_case_table_names <> 0 OR CAST(TABLE_NAME AS BINARY) = x'77656174686572') AND NON_UNIQUE = 0
ORDER BY INDEX_NAME, SEQ_IN_INDEX LIMIT 100000;
SHOW WARNINGS;

SELECT CAST(@@version AS BINARY), @@max_allowed_packet, CAST(DATABASE() AS BINARY), 1, CAST(concat_ws(' ', @@hostname, @@port, @@datadir, @@pid_file) AS BINARY), CAST(concat_ws(' ', current_user(), current_role()) AS BINARY);

SELECT count(IF(is_trigger, 1, NULL)) > 0 OR count(IF(is_trigger, NULL, 1)) = 0
FROM (SELECT 1 AS is_trigger FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = _utf8mb4 x'617070' AND EVENT_OBJECT_TABLE = _utf8mb4 x'77656174686572' AND ACTION_TIMING = 'BEFORE' AND EVENT_MANIPULATION = 'INSERT'
UNION ALL SELECT 0 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = concat('''', left(current_user(), char_length(current_user()) - 1 - char_length(substring_index(current_user(), '@', -1))), '''@''', substring_index(current_user(), '@', -1), '''')
UNION ALL SELECT 0 FROM information_schema.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = concat('''', left(current_user(), char_length(current_user()) - 1 - char_length(substring_index(current_user(), '@', -1))), '''@''', substring_index(current_user(), '@', -1), '''') AND _utf8mb4 x'617070' LIKE TABLE_SCHEMA
UNION ALL SELECT 0 FROM information_schema.TABLE_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE = concat('''', left(current_user(), char_length(current_user()) - 1 - char_length(substring_index(current_user(), '@', -1))), '''@''', substring_index(current_user(), '@', -1), '''') AND TABLE_SCHEMA = _utf8mb4 x'617070' AND TABLE_NAME = _utf8mb4 x'77656174686572') AS found;
SHOW WARNINGS;

SELECT GET_LOCK(concat('upsert create ', left(sha2(x'77656174686572', 256), 40)), 86400);

DO RELEASE_LOCK(concat('upsert create ', left(sha2(x'77656174686572', 256), 40)));

DO GET_LOCK(concat('upsert number ', left(sha2(x'77656174686572', 256), 40)), 86400);

DO RELEASE_LOCK(concat('upsert number ', left(sha2(x'77656174686572', 256), 40)));

SET @upsert_found = 0, @upsert_sql_mode = @@SESSION.sql_mode, @upsert_time_zone = @@SESSION.time_zone, @upsert_character_set = @@SESSION.character_set_client, @upsert_collation = @@SESSION.collation_connection, @upsert_results = @@SESSION.character_set_results, @upsert_messages = @@SESSION.lc_messages, SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', SESSION time_zone = '+00:00', SESSION character_set_client = utf8mb4, SESSION collation_connection = utf8mb4_bin, SESSION character_set_results = utf8mb4, SESSION lc_messages = 'en_US';

SET SESSION sql_mode = @upsert_sql_mode, SESSION time_zone = @upsert_time_zone, SESSION character_set_client = @upsert_character_set, SESSION collation_connection = @upsert_collation, SESSION character_set_results = @upsert_results, SESSION lc_messages = @upsert_messages, @upsert_results = NULL, @upsert_messages = NULL, @upsert_found = NULL, @upsert_sql_mode = NULL, @upsert_time_zone = NULL, @upsert_character_set = NULL, @upsert_collation = NULL;

SET SESSION sql_mode = IF(@upsert_sql_mode IS NULL, @@SESSION.sql_mode, @upsert_sql_mode), SESSION time_zone = IF(@upsert_sql_mode IS NULL, @@SESSION.time_zone, @upsert_time_zone), SESSION character_set_client = IF(@upsert_sql_mode IS NULL, @@SESSION.character_set_client, @upsert_character_set), SESSION collation_connection = IF(@upsert_sql_mode IS NULL, @@SESSION.collation_connection, @upsert_collation), SESSION character_set_results = IF(@upsert_sql_mode IS NULL, @@SESSION.character_set_results, @upsert_results), SESSION lc_messages = IF(@upsert_sql_mode IS NULL, @@SESSION.lc_messages, @upsert_messages), @upsert_results = NULL, @upsert_messages = NULL, @upsert_found = NULL, @upsert_sql_mode = NULL, @upsert_time_zone = NULL, @upsert_character_set = NULL, @upsert_collation = NULL;

SET @upsert_lock_wait = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = CAST(LEAST(@@SESSION.lock_wait_timeout, 10) AS UNSIGNED);

SET SESSION lock_wait_timeout = @upsert_lock_wait, @upsert_lock_wait = NULL;

SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
START TRANSACTION;

KILL CONNECTION 7;

SELECT EXISTS (SELECT 1 FROM `app`.`weather` WHERE `origin` = ? AND `time_hour` = ?), EXISTS (SELECT 1 FROM `app`.`weather` WHERE `origin` = ? AND `time_hour` = ?);

SELECT count(*) > 0 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = _utf8mb4 x'617070' AND EVENT_OBJECT_TABLE = _utf8mb4 x'77656174686572' AND EVENT_MANIPULATION = 'UPDATE';
SHOW WARNINGS;

SELECT CAST(CONVERT(DEFAULT(target.`origin`) USING utf8mb4) AS BINARY), CAST(DEFAULT(target.`time_hour`) AS BINARY) FROM (SELECT 1) AS one LEFT JOIN `app`.`weather` AS target ON 1 = 1 LIMIT 1;

(_utf8mb4 x'69742773');

SELECT CAST(TABLE_NAME AS BINARY) FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
ORDER BY TABLE_NAME LIMIT 1000000;
SHOW WARNINGS
