CREATE TABLE IF NOT EXISTS "weather" (
    "origin" TEXT NOT NULL,
    "time_hour" TEXT NOT NULL,
    "temp" REAL,
    "note ""quoted""" TEXT,
    "extra" TEXT,
    "first_seen" TEXT NOT NULL,
    PRIMARY KEY ("origin", "time_hour")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS "weather" (
    "origin" TEXT NOT NULL,
    "time_hour" TEXT NOT NULL,
    "temp" REAL,
    "note ""quoted""" TEXT,
    "extra" TEXT,
    "first_seen" TEXT NOT NULL,
    PRIMARY KEY ("origin", "time_hour")
)
