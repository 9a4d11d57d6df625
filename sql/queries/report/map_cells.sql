-- Cells for the map of embeddings, with their vectors: at most 1,000 images of one layer, as many of each setting, drawn by a hash of their names.
-- @key setting, image_id
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column class: the centre cell's class: its own label, its well's, or the protein's single localization
-- @column plate: plate of the centre cell
-- @column condition: the centre cell's protein
-- @column gene: gene name
-- @column image_id: the image
-- @column embedding: the vector
WITH layers AS (
    SELECT model, layer, pooling, setting, count(*) AS n FROM embeddings GROUP BY ALL
),
-- The layer that classifiers were trained on last; without one, that of the most images.
chosen AS (
    SELECT model, layer, pooling, count(DISTINCT setting) AS n_settings
    FROM layers
    LEFT JOIN (
        SELECT model, layer, pooling, max(started_at) AS used_at FROM pair_accuracy JOIN runs USING (run_id) GROUP BY ALL
    ) AS used USING (model, layer, pooling)
    GROUP BY model, layer, pooling
    ORDER BY max(used_at) DESC NULLS LAST, sum(n) DESC, model, layer, pooling
    LIMIT 1
),
drawn AS (
    SELECT e.*, n_settings
    FROM embeddings AS e JOIN chosen USING (model, layer, pooling)
    QUALIFY row_number() OVER (PARTITION BY setting ORDER BY md5(image_id)) <= 1000 // n_settings
)
SELECT
    d.model, d.layer, d.pooling, d.setting, coalesce(if(c.crop_id IS NULL, p.class, c.class), 'several or none') AS class,
    coalesce(c.plate, 'not known') AS plate, d.condition, p.gene, d.image_id, d.embedding
FROM drawn AS d LEFT JOIN crop_classes AS c USING (crop_id) LEFT JOIN condition_classes AS p ON p.condition = d.condition
ORDER BY d.setting, d.image_id
