CREATE TABLE IF NOT EXISTS "weather" (
    "origin" TEXT NOT NULL,
    "time_hour" TEXT NOT NULL,
    "temp" REAL,
    "note ""quoted""" TEXT,
    "extra" TEXT,
    "first_seen" TEXT NOT NULL,
    UNIQUE ("time_hour", "origin")
) STRICT
