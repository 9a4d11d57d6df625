-- Crops of the most divergent proteins, for the gallery: at most 8 kept ones of each, drawn by a hash of their names.
-- @key crop_id
-- @column named: gene, named, and its classes
-- @column kl [nats]: KL(original || masked) of the protein by the network that moves most on it
-- @column model: that network with its weights
-- @column layer: layer of that network
-- @column top_original: class of the largest share, original crops
-- @column top_masked: class of the largest share, masked crops
-- @column crop_id: the crop
-- @column mask_share [0-1]: share of the crop that the centre cell covers
-- @column neighbour_share [0-1]: share of the crop that other cells cover
WITH divergent AS (
    SELECT *
    FROM proportion_divergence
    QUALIFY form = any_value(form) OVER (PARTITION BY source, model, layer, pooling ORDER BY array_position(['argmax', 'mean', 'first'], form))
        AND row_number() OVER (PARTITION BY source, model, layer, pooling, form ORDER BY kl DESC, condition) <= 10
),
conditions_shown AS (
    SELECT
        condition, coalesce(any_value(gene) || ' ', '') || condition || ': ' || coalesce(array_to_string(any_value(classes), ', '), 'not labelled') AS named,
        screen, max(kl) AS kl, arg_max(model, kl) AS model, arg_max(layer, kl) AS layer,
        arg_max(top_original, kl) AS top_original, arg_max(top_masked, kl) AS top_masked
    FROM divergent GROUP BY condition, screen
)
SELECT d.named, d.kl, d.model, d.layer, d.top_original, d.top_masked, c.crop_id, c.mask_area_px / s.crop_size ** 2 AS mask_share, c.neighbour_share
FROM conditions_shown AS d JOIN crops AS c USING (condition, screen) JOIN crop_filter AS f USING (crop_id) CROSS JOIN store_facts AS s
WHERE f.kept
QUALIFY row_number() OVER (PARTITION BY condition ORDER BY md5(crop_id)) <= 8
ORDER BY d.kl DESC, condition, md5(crop_id)
LIMIT 160
