CREATE TABLE IF NOT EXISTS "every type" (
    "small" INTEGER NOT NULL,
    "integer" INTEGER NOT NULL,
    "big" INTEGER NOT NULL,
    "bool" INTEGER NOT NULL,
    "real" REAL NOT NULL,
    "double" REAL NOT NULL,
    "text" TEXT NOT NULL,
    "bytes" BLOB NOT NULL,
    "date" TEXT NOT NULL,
    "time" TEXT NOT NULL,
    "timestamp" TEXT NOT NULL,
    "timestamptz" TEXT NOT NULL,
    "uuid" BLOB NOT NULL,
    "json" TEXT,
    PRIMARY KEY ("big")
) STRICT
