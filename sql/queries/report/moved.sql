-- Proteins whose cells a change of the background moves most, of each layer of a factorial plan: the first 20.
-- @key source, plan_id, model, layer, pooling, variant, condition
-- @column condition: the protein
-- @column gene: gene name
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column classes: its classes in the order of the scheme
-- @column displacement [between-cell spreads]: mean over its cells of how far backgrounds move their vector
-- @column cosine_distance [0-2]: mean over its cells of 1 - cosine between their vectors and the mean of these
-- @column n_cells [cells]: centre cells of the protein
-- @column n_backgrounds [backgrounds]: backgrounds that each was seen on
-- @column pooling: how a map became a vector
-- @column variant: how images were composed
-- @column plan_id: the factorial plan
-- @column source: the run
SELECT
    s.condition, any_value(gene) AS gene, model, layer, array_to_string(any_value(classes), ', ') AS classes,
    avg(displacement) AS displacement, avg(cosine_distance) AS cosine_distance, count(*) AS n_cells, max(n_backgrounds) AS n_backgrounds,
    pooling, variant, plan_id, s.run_id AS source
FROM sensitivity_cells AS s LEFT JOIN condition_classes AS p USING (condition)
GROUP BY s.run_id, plan_id, model, layer, pooling, variant, s.condition
QUALIFY row_number() OVER (PARTITION BY s.run_id, plan_id, model, layer, pooling, variant ORDER BY avg(displacement) DESC NULLS LAST, s.condition) <= 20
ORDER BY source, plan_id, model, pooling, variant, layer, displacement DESC NULLS LAST, condition
