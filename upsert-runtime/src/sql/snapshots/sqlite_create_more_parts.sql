CREATE TABLE IF NOT EXISTS "tenant 7"."other" (
    "id" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT ('new') CHECK ("state" IN ('new', 'old')),
    "made" TEXT NOT NULL DEFAULT (CURRENT_DATE),
    "weight" REAL,
    "grams" REAL GENERATED ALWAYS AS (weight * 1000) STORED,
    "twice" TEXT NOT NULL GENERATED ALWAYS AS (code) STORED,
    PRIMARY KEY ("id"),
    UNIQUE ("code")
) STRICT;
CREATE UNIQUE INDEX "tenant 7"."other_state_key" ON "other" ("state") WHERE weight > 0;
CREATE UNIQUE INDEX "tenant 7"."lower_code" ON "other" ((lower(code)));
CREATE INDEX "tenant 7"."other_weight_idx" ON "other" ("weight")
