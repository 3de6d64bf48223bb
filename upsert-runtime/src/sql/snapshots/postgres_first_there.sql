SELECT min(place) FROM unnest($1, $2) WITH ORDINALITY AS sent(c0, c1, place)
JOIN "app"."weather" AS target ON target."origin" = sent.c0 AND target."time_hour" = sent.c1
