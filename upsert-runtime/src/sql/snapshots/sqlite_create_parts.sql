CREATE TABLE IF NOT EXISTS "parts" (
    "id" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT ('new') CHECK ("state" IN ('new', 'old')),
    "made" TEXT NOT NULL DEFAULT (CURRENT_DATE),
    "weight" REAL,
    "grams" REAL GENERATED ALWAYS AS (weight * 1000) STORED,
    "twice" TEXT NOT NULL GENERATED ALWAYS AS (code) STORED,
    PRIMARY KEY ("id"),
    CONSTRAINT "one ""code""" UNIQUE ("code", "state"),
    UNIQUE ("code")
) STRICT;
CREATE INDEX "parts_made_state_idx" ON "parts" ("made", "state")
