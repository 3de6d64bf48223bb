CREATE TABLE IF NOT EXISTS "every type" (
    "small" smallint NOT NULL,
    "integer" integer NOT NULL,
    "big" bigint NOT NULL,
    "bool" boolean NOT NULL,
    "real" real NOT NULL,
    "double" double precision NOT NULL,
    "text" text NOT NULL,
    "bytes" bytea NOT NULL,
    "date" date NOT NULL,
    "time" time without time zone NOT NULL,
    "timestamp" timestamp without time zone NOT NULL,
    "timestamptz" timestamp with time zone NOT NULL,
    "uuid" uuid NOT NULL,
    "json" jsonb,
    PRIMARY KEY ("big")
)
