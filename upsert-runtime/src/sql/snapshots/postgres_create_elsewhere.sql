CREATE TABLE IF NOT EXISTS "tenant 7"."weather ""2026""" (
    "origin" text NOT NULL,
    "time_hour" timestamp with time zone NOT NULL,
    "temp" double precision,
    "note ""quoted""" text,
    "extra" jsonb,
    "first_seen" timestamp with time zone NOT NULL,
    PRIMARY KEY ("origin", "time_hour"),
    UNIQUE ("time_hour")
)
