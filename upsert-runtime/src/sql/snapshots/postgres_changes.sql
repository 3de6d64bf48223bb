LOCK TABLE "tenant 7"."other" IN ACCESS EXCLUSIVE MODE;

CREATE SCHEMA IF NOT EXISTS "tenant 7";

SELECT EXISTS (SELECT 1 FROM "tenant 7"."other");

SELECT EXISTS (SELECT 1 FROM "tenant 7"."other" AS target WHERE target."code" IS NOT NULL);

ALTER TABLE "tenant 7"."other"
    ADD COLUMN "state" character varying(9) NOT NULL DEFAULT ('new') CHECK ("state" IN ('new', 'old')),
    ADD COLUMN "made" date NOT NULL DEFAULT (CURRENT_DATE),
    ADD COLUMN "weight" double precision,
    ADD COLUMN "grams" double precision GENERATED ALWAYS AS (weight * 1000) STORED,
    ADD COLUMN "twice" text NOT NULL GENERATED ALWAYS AS (code) STORED;

CREATE UNIQUE INDEX IF NOT EXISTS "other_state_key" ON "tenant 7"."other" ("state") WHERE weight > 0;

CREATE UNIQUE INDEX IF NOT EXISTS "lower_code" ON "tenant 7"."other" ((lower(code)));

CREATE INDEX "other_weight_idx" ON "tenant 7"."other" ("weight");

COMMENT ON COLUMN "tenant 7"."other"."weight" IS  E'What it weighs, in its owner''s \\ kilograms.';

ALTER TABLE "tenant 7"."other"
    ALTER COLUMN "state" TYPE character varying(9) COLLATE "app"."german" USING CASE WHEN "state" IS NOT NULL THEN pg_catalog.current_setting('upsert.the_column_is_not_empty')::character varying(9) END,
    ADD CHECK ("state" IN ('new', 'old')),
    ALTER COLUMN "made" TYPE date USING CASE WHEN "made" IS NOT NULL THEN pg_catalog.current_setting('upsert.the_column_is_not_empty')::date END;

ALTER TABLE "tenant 7"."other"
    ALTER COLUMN "id" TYPE bigint,
    ALTER COLUMN "code" TYPE character varying(20) COLLATE "app"."german",
    ALTER COLUMN "code" SET STORAGE EXTERNAL,
    DROP CONSTRAINT "other_state_check",
    ADD CONSTRAINT "other_state_check" CHECK ("state" IN ('new', 'old'));

ALTER SEQUENCE "app"."parts_id_seq" AS bigint;

COMMENT ON CONSTRAINT "other_state_check" ON "tenant 7"."other" IS 'what it''s for'
