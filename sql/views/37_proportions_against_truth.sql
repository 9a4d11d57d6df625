-- On a simulated screen: how far the predicted distribution of a multiply localized protein is from the true one. One of the few
-- places that read the truth.
-- @key source, model, layer, pooling, crops, form, screen, condition
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column scheme: adam (the paper), exact or published
-- @column crops: which of the two classifiers: original or masked
-- @column form: how the distribution was formed: argmax, mean or first
-- @column screen: the simulated screen
-- @column condition: the protein
-- @column distance [0-1]: total variation: half the sum of absolute differences, over the classes and true places together
-- @column distance_uniform [0-1]: the same for equal shares of all classes, which know nothing
-- @column top_right: whether the class of the largest share is the true one
-- @column true_share_missed [0-1]: true share in places that the classifier has no class for
-- @column n_crops: images behind the distribution
-- @column n_classes: classes of the classifier
WITH shown AS (
    SELECT p.run_id AS source, p.model, p.layer, p.pooling, p.scheme, p.crops, p.form, p.screen, p.condition, p.class, p.share, p.n_crops
    FROM proportions AS p SEMI JOIN truth_conditions AS t ON t.screen = p.screen AND t.condition = p.condition
    ANTI JOIN unfinished_runs AS u ON u.run_id = p.run_id
),
cases AS (
    SELECT source, model, layer, pooling, scheme, crops, form, screen, condition, any_value(n_crops) AS n_crops, count(*) AS n_classes
    FROM shown GROUP BY ALL
),
places AS (
    SELECT source, model, layer, pooling, scheme, crops, form, screen, condition, class FROM shown
    UNION
    SELECT source, model, layer, pooling, scheme, crops, form, screen, condition, class FROM cases JOIN truth_conditions USING (screen, condition)
),
both_sides AS (
    SELECT places.*, coalesce(share, 0) AS share, coalesce(proportion, 0) AS truth, share IS NULL AS missed
    FROM places
    LEFT JOIN shown USING (source, model, layer, pooling, scheme, crops, form, screen, condition, class)
    LEFT JOIN truth_conditions AS t USING (screen, condition, class)
)
SELECT
    source, model, layer, pooling, scheme, crops, form, screen, condition,
    sum(abs(b.share - truth)) / 2 AS distance,
    sum(abs(if(missed, 0, 1 / n_classes) - truth)) / 2 AS distance_uniform,
    arg_max(class, b.share ORDER BY class) = arg_max(class, truth ORDER BY class) AS top_right,
    coalesce(sum(truth) FILTER (missed), 0) AS true_share_missed,
    any_value(n_crops) AS n_crops, any_value(n_classes) AS n_classes
FROM both_sides AS b JOIN cases USING (source, model, layer, pooling, scheme, crops, form, screen, condition)
GROUP BY source, model, layer, pooling, scheme, crops, form, screen, condition
