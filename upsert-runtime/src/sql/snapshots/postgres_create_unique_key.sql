CREATE TABLE IF NOT EXISTS "weather" (
    "origin" character varying(40) NOT NULL,
    "time_hour" timestamp with time zone NOT NULL,
    "temp" double precision,
    "note ""quoted""" text,
    "extra" jsonb,
    "first_seen" timestamp with time zone NOT NULL,
    UNIQUE ("time_hour", "origin")
)
