-- The chunks of swaps_to_embed; the digest is the hash of the images' ids, in order, one a line.
SELECT setting, class, chunk, count(*) AS n_rows, md5(string_agg(image_id, chr(10) ORDER BY condition, image_id)) AS digest
FROM swaps_to_embed
GROUP BY setting, class, chunk
ORDER BY setting, class, chunk
