-- The chunks of crops_to_embed; the digest is the hash of the ids, in order, one a line.
SELECT screen, plate, chunk, count(*) AS n_rows, md5(string_agg(crop_id, chr(10) ORDER BY condition, crop_id)) AS digest
FROM crops_to_embed
GROUP BY screen, plate, chunk
ORDER BY screen, plate, chunk
