-- A hash over which image was drawn in which place, and over the weights that made its vector.
WITH lines AS (
    SELECT concat_ws('/', set_number, class, background, md5(string_agg(image_id, ',' ORDER BY position))) AS line
    FROM drawn GROUP BY set_number, class, background
    UNION ALL
    SELECT model || '/' || weights_sha256 FROM models WHERE list_contains($models, model)
)
SELECT md5(coalesce(string_agg(line, '' ORDER BY line), '')) FROM lines
