-- This store's own classifiers: one row a pair of classes, folds averaged.
-- @key run_id, class_1, class_2, background, model, layer, pooling, setting
-- @column model: network
-- @column layer: layer of the network
-- @column class_1: first class
-- @column class_2: second class
-- @column background: localization of the background, in the triplet settings
-- @column setting: what was done to the background
-- @column accuracy [0-1]: mean over the folds; where each plate or field is left out, every image counts alike
-- @column std_dev [0-1]: population standard deviation over the folds
-- @column folds: folds
-- @column unconverged: of these, folds whose solver stopped before its tolerance
-- @column n_1 [images]: images of the first class
-- @column n_2 [images]: images of the second class
-- @column overlap_share [0-1]: share of test crops that show pixels of a training crop
-- @column pooling: how a map became a vector
-- @column run_id: the run
SELECT
    a.model, a.layer, a.class_1, a.class_2, any_value(a.background) AS background, a.setting,
    round(if(any_value(a.folds) IN ('plate', 'field'), sum(a.accuracy * a.n_test) / sum(a.n_test), avg(a.accuracy)), 9) AS accuracy,
    round(stddev_pop(a.accuracy), 6) AS std_dev, count(*) AS folds, count(*) FILTER (NOT a.converged) AS unconverged,
    any_value(a.n_class_1) AS n_1, any_value(a.n_class_2) AS n_2,
    round(sum(a.overlap_share * a.n_test) / sum(a.n_test) FILTER (a.overlap_share IS NOT NULL), 6) AS overlap_share,
    a.pooling, a.run_id
FROM pair_accuracy AS a
GROUP BY a.run_id, a.task_id, a.class_by, a.class_1, a.class_2, a.model, a.layer, a.pooling, a.setting
ORDER BY a.run_id, a.class_by, a.model, a.layer, a.class_1, a.class_2, a.setting, a.task_id
