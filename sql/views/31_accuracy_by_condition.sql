-- How well the images of each protein are classified: all classifiers between localizations of a setting that test its cells.
-- @key source, model, layer, pooling, setting, condition
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column condition: the centre cells' protein
-- @column class: its class
-- @column accuracy [0-1]: n_right / n_tested
-- @column n_right: test images classified rightly, over all classifiers
-- @column n_tested: test images over all classifiers: an image is tested once in each, by a plan's split one of the test side
-- @column n_classifiers: classifiers
-- @column n_unconverged: folds of these classifiers whose solver stopped early
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
WITH classifiers AS (
    SELECT run_id, task_id, model, layer, pooling, setting, count(*) FILTER (NOT converged) AS n_unconverged, any_value(folds) AS folds
    FROM pair_accuracy ANTI JOIN unfinished_runs USING (run_id)
    WHERE class_by <> 'condition'
    GROUP BY ALL
)
SELECT
    c.run_id AS source, c.model, c.layer, c.pooling, c.setting, p.condition,
    p.class AS class,
    sum(p.n_right) / sum(p.n_tested) AS accuracy,
    sum(p.n_right)::BIGINT AS n_right,
    sum(p.n_tested)::BIGINT AS n_tested,
    count(*) AS n_classifiers,
    sum(c.n_unconverged)::BIGINT AS n_unconverged,
    any_value(c.folds) AS folds
FROM classifiers AS c JOIN pair_condition_accuracy AS p USING (run_id, task_id)
GROUP BY c.run_id, c.model, c.layer, c.pooling, c.setting, p.condition, p.class
