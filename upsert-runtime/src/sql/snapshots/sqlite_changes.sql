SELECT (SELECT foreign_keys FROM pragma_foreign_keys) AND EXISTS (SELECT 1 FROM pragma_table_list AS l JOIN pragma_foreign_key_list(l.name, l.schema) AS f WHERE l.schema = 'tenant 7' COLLATE NOCASE AND f."table" = 'other' COLLATE NOCASE);

SELECT EXISTS (SELECT 1 FROM temp.sqlite_master WHERE type = 'trigger' AND tbl_name = 'other' COLLATE NOCASE);

SELECT EXISTS (SELECT 1 FROM "tenant 7"."other");

SELECT EXISTS (SELECT 1 FROM "tenant 7"."other" AS target WHERE target."code" IS NOT NULL);

ALTER TABLE "tenant 7"."other" ADD COLUMN "state" TEXT NOT NULL DEFAULT ('new') CHECK ("state" IN ('new', 'old'));

ALTER TABLE "tenant 7"."other" ADD COLUMN "made" TEXT NOT NULL DEFAULT (CURRENT_DATE);

ALTER TABLE "tenant 7"."other" ADD COLUMN "weight" REAL;

ALTER TABLE "tenant 7"."other" ADD COLUMN "grams" REAL GENERATED ALWAYS AS (weight * 1000) STORED;

ALTER TABLE "tenant 7"."other" ADD COLUMN "twice" TEXT NOT NULL GENERATED ALWAYS AS (code) STORED;

CREATE UNIQUE INDEX IF NOT EXISTS "tenant 7"."other_state_key" ON "other" ("state") WHERE weight > 0;

CREATE UNIQUE INDEX IF NOT EXISTS "tenant 7"."lower_code" ON "other" ((lower(code)));

CREATE INDEX "tenant 7"."other_weight_idx" ON "other" ("weight");

CREATE TABLE temp.upsert_rebuild_0 (c0, c1, c2, c3);

INSERT INTO temp.upsert_rebuild_0 SELECT "id", "code", "state", "made" FROM "tenant 7"."other";

CREATE TABLE temp.upsert_rebuild_last_0 AS SELECT name, seq FROM "tenant 7".sqlite_sequence WHERE name = 'other' COLLATE NOCASE;

DROP TABLE "tenant 7"."other";

CREATE TABLE "tenant 7".other (id INTEGER PRIMARY KEY AUTOINCREMENT, code INT, state TEXT CHECK (state IN ('new')), made TEXT);

INSERT INTO "tenant 7"."other" ("id", "code", "state", "made") SELECT c0, c1, c2, c3 FROM temp.upsert_rebuild_0;

DROP TABLE temp.upsert_rebuild_0;

DELETE FROM "tenant 7".sqlite_sequence WHERE name = 'other' COLLATE NOCASE;

INSERT INTO "tenant 7".sqlite_sequence (name, seq) SELECT name, seq FROM temp.upsert_rebuild_last_0;

DROP TABLE temp.upsert_rebuild_last_0;

CREATE INDEX "tenant 7".by_code ON other (code);

ANALYZE "tenant 7"."other";

CREATE TABLE temp.upsert_rebuild_0 (c0, c1, c2, c3);

INSERT INTO temp.upsert_rebuild_0 SELECT "id", "code", "state", "made" FROM "tenant 7"."other";

CREATE TABLE temp.upsert_rebuild_last_0 AS SELECT name, seq FROM "tenant 7".sqlite_sequence WHERE name = 'other' COLLATE NOCASE;

DROP TABLE "tenant 7"."other";

CREATE TABLE "tenant 7".other (id INTEGER PRIMARY KEY AUTOINCREMENT, code INT, state INT CHECK (state IN ('new', 'old')), made INT);

INSERT INTO "tenant 7"."other" ("id", "code", "state", "made") SELECT c0, c1, c2, c3 FROM temp.upsert_rebuild_0;

DROP TABLE temp.upsert_rebuild_0;

DELETE FROM "tenant 7".sqlite_sequence WHERE name = 'other' COLLATE NOCASE;

INSERT INTO "tenant 7".sqlite_sequence (name, seq) SELECT name, seq FROM temp.upsert_rebuild_last_0;

DROP TABLE temp.upsert_rebuild_last_0;

CREATE INDEX "tenant 7".by_code ON other (code);

ANALYZE "tenant 7"."other"
