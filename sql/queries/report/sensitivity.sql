-- What share of each layer's variance centre cells, backgrounds, and both together explain: one row a layer and part.
-- @key source, plan_id, model, layer, pooling, variant, part
-- @column network: network, pooling, and how images were composed
-- @column layer: layer of the network
-- @column part: centre, background, or both: what neither explains alone
-- @column share [0-1]: of the three parts' sum
-- @column low [0-1]: lower end of the bootstrap interval over proteins
-- @column high [0-1]: upper end
-- @column n_centres [cells]: centre cells
-- @column n_backgrounds [backgrounds]: backgrounds
-- @column n_centre_conditions: their proteins
-- @column n_background_conditions: the backgrounds' proteins
-- @column n_images [images]: images with a vector
-- @column n_missing [images]: images of the plan without one
-- @column reason: why a figure is missing
-- @column place: place of the layer among the network's, from 1
-- @column model: network with its weights
-- @column pooling: how a map became a vector
-- @column variant: how images were composed
-- @column plan_id: the factorial plan
-- @column source: the run
SELECT
    model || if(pooling = 'none', '', ' ' || pooling) || if(variant = 'paper', '', ', ' || variant) AS network, layer, part, share, low, high,
    n_centres, n_backgrounds, n_centre_conditions, n_background_conditions, n_images, n_missing, reason,
    dense_rank() OVER (
        PARTITION BY run_id, plan_id, model, pooling, variant
        ORDER BY layer IN ('final', 'softmax'), regexp_matches(layer, '^(flatten|d[0-9]|fc|dense|head)'),
            regexp_extract_all(layer, '[0-9]+')::INTEGER[], layer
    ) AS place,
    model, pooling, variant, plan_id, run_id AS source
FROM sensitivity
ORDER BY network, plan_id, source, place, array_position(['centre', 'background', 'both'], part)
