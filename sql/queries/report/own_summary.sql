-- This store's own classifiers in short: one row a run, network, layer and setting.
-- @key run_id, model, layer, pooling, setting, class_by, grouped_by
-- @column model: network
-- @column layer: layer of the network
-- @column setting: what was done to the background
-- @column accuracy [0-1]: mean over the classifiers
-- @column unconverged: of these, folds whose solver stopped before its tolerance
-- @column overlap_share [0-1]: share of test crops that show pixels of a training crop
-- @column classifiers: pairs or triplets of classes
-- @column fewest_images: images of the smallest class; fewer than the plan wanted where crops were short
-- @column lowest [0-1]: the worst classifier's
-- @column highest [0-1]: the best classifier's
-- @column folds: folds in all
-- @column pooling: how a map became a vector
-- @column class_by: what the classes are
-- @column grouped_by: what the folds keep on one side
-- @column parted: how images were parted: a number of folds, plate or field (each left out once), or the plan's own split
-- @column run_id: the run
WITH classifiers AS (
    SELECT
        run_id, task_id, model, layer, pooling, setting, class_by, grouped_by, any_value(p.folds) AS parted,
        if(any_value(p.folds) IN ('plate', 'field'), sum(p.accuracy * n_test) / sum(n_test), avg(p.accuracy)) AS accuracy, count(*) AS folds,
        count(*) FILTER (NOT converged) AS unconverged, sum(overlap_share * n_test) AS overlapping,
        sum(n_test) FILTER (overlap_share IS NOT NULL) AS tested, min(least(n_class_1, n_class_2)) AS images
    FROM pair_accuracy AS p
    GROUP BY ALL
)
SELECT
    model, layer, c.setting, avg(accuracy) AS accuracy, sum(unconverged)::BIGINT AS unconverged, sum(overlapping) / sum(tested) AS overlap_share,
    count(*) AS classifiers, min(images) AS fewest_images, min(accuracy) AS lowest, max(accuracy) AS highest, sum(folds)::BIGINT AS folds,
    pooling, class_by, grouped_by, parted, c.run_id
FROM classifiers AS c LEFT JOIN settings AS s ON s.setting = split_part(c.setting, '+', 1)
GROUP BY c.run_id, model, layer, pooling, s.rank, c.setting, class_by, grouped_by, parted
ORDER BY c.run_id, class_by, model, layer, pooling, s.rank, c.setting
