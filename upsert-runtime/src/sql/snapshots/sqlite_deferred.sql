CREATE TABLE IF NOT EXISTS "main"."parts" (
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
CREATE UNIQUE INDEX "main"."parts_state_key" ON "parts" ("state") WHERE weight > 0;
CREATE UNIQUE INDEX "main"."lower_code" ON "parts" ((lower(code)));

SELECT NOT EXISTS (SELECT 1 FROM "main".sqlite_master WHERE type = 'index' AND name = 'parts_weight_idx' COLLATE NOCASE AND tbl_name = 'parts' COLLATE NOCASE);

CREATE INDEX "main"."parts_weight_idx" ON "parts" ("weight")
