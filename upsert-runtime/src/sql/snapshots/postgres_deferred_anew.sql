SELECT EXISTS (SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = '"app"."parts"'::pg_catalog.regclass AND c.relname = 'parts_weight_idx' AND NOT i.indisvalid);

DROP INDEX "app"."parts_weight_idx";

CREATE INDEX "parts_weight_idx" ON "app"."parts" ("weight")
