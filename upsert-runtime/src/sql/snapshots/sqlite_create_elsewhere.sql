CREATE TABLE IF NOT EXISTS "tenant 7"."weather ""2026""" (
    "origin" TEXT NOT NULL,
    "time_hour" TEXT NOT NULL,
    "temp" REAL,
    "note ""quoted""" TEXT,
    "extra" TEXT,
    "first_seen" TEXT NOT NULL,
    PRIMARY KEY ("origin", "time_hour"),
    UNIQUE ("time_hour")
) STRICT
