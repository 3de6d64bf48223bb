SELECT NOT EXISTS (SELECT 1 FROM pragma_index_list('parts', 'main') AS i WHERE NOT i.partial AND EXISTS (SELECT 1 FROM pragma_index_info(i.name, 'main') WHERE name = 'made' COLLATE NOCASE AND seqno = 0) AND EXISTS (SELECT 1 FROM pragma_index_info(i.name, 'main') WHERE name = 'state' COLLATE NOCASE AND seqno = 1));

SELECT NOT EXISTS (SELECT 1 FROM pragma_index_list('parts', 'main') AS i WHERE NOT i.partial AND i."unique" AND (SELECT count(*) FROM pragma_index_info(i.name, 'main')) = 2 AND EXISTS (SELECT 1 FROM pragma_index_info(i.name, 'main') WHERE name = 'code' COLLATE NOCASE) AND EXISTS (SELECT 1 FROM pragma_index_info(i.name, 'main') WHERE name = 'state' COLLATE NOCASE));

SELECT EXISTS (SELECT 1 FROM pragma_table_list('it''s') WHERE schema = 'tenant 7' COLLATE NOCASE AND strict <> 1);

SELECT EXISTS (SELECT 1 FROM pragma_table_list('it''s') WHERE schema = 'tenant 7' COLLATE NOCASE AND wr <> 0)
