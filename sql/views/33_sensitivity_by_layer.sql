-- One line a layer: what shares of its variance the centre cell, the background, and both together explain (evaluate sensitivity).
-- @key source, plan_id, model, layer, pooling, variant
-- @column source: the run
-- @column plan_id: the factorial plan
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column variant: how images were composed: paper, or the variant
-- @column background_share [0-1]: share of the background; NULL as reason says
-- @column background_low [0-1]: lower end of its bootstrap interval over proteins; NULL as reason says
-- @column background_high [0-1]: upper end
-- @column centre_share [0-1]: share of the centre cell
-- @column centre_low [0-1]: lower end of its interval
-- @column centre_high [0-1]: upper end
-- @column both_share [0-1]: share of what neither explains alone
-- @column both_low [0-1]: lower end of its interval
-- @column both_high [0-1]: upper end
-- @column level [0-1]: share of resamples inside an interval
-- @column n_images: images with a vector
-- @column n_missing: images of the plan without one
-- @column n_centres: centre cells
-- @column n_backgrounds: backgrounds
-- @column n_centre_conditions: proteins of the centre cells
-- @column n_background_conditions: proteins of the backgrounds
-- @column n_resamples: resamples
-- @column reason: why a figure is NULL; NULL where none is
SELECT
    run_id AS source, plan_id, model, layer, pooling, variant,
    any_value(share) FILTER (part = 'background') AS background_share,
    any_value(low) FILTER (part = 'background') AS background_low,
    any_value(high) FILTER (part = 'background') AS background_high,
    any_value(share) FILTER (part = 'centre') AS centre_share,
    any_value(low) FILTER (part = 'centre') AS centre_low,
    any_value(high) FILTER (part = 'centre') AS centre_high,
    any_value(share) FILTER (part = 'both') AS both_share,
    any_value(low) FILTER (part = 'both') AS both_low,
    any_value(high) FILTER (part = 'both') AS both_high,
    any_value(level) AS level,
    any_value(n_images) AS n_images, any_value(n_missing) AS n_missing,
    any_value(n_centres) AS n_centres, any_value(n_backgrounds) AS n_backgrounds,
    any_value(n_centre_conditions) AS n_centre_conditions, any_value(n_background_conditions) AS n_background_conditions,
    any_value(n_resamples) AS n_resamples, any_value(reason) AS reason
FROM sensitivity ANTI JOIN unfinished_runs USING (run_id)
GROUP BY run_id, plan_id, model, layer, pooling, variant
