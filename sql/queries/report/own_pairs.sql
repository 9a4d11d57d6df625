-- This store's own classifiers: one row a pair of classes, folds averaged.
-- @key run_id, task_id
-- @column class_by: what the classes are
-- @column class_1: first class
-- @column class_2: second class
-- @column background: localization of the background, in the triplet settings
-- @column model: network
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column accuracy [0-1]: mean over the folds
-- @column std_dev [0-1]: population standard deviation over the folds
-- @column folds: folds
-- @column unconverged: of these, folds whose solver stopped before its tolerance
-- @column n_1 [images]: images of the first class
-- @column n_2 [images]: images of the second class
-- @column overlap_share [0-1]: share of test crops that show pixels of a training crop
-- @column grouped_by: what the folds keep on one side
-- @column scheme: which solver
-- @column weights: what the network's weights are
-- @column run_id: the run
-- @column task_id: the classifier
SELECT
    a.class_by, a.class_1, a.class_2, any_value(a.background) AS background, a.model, a.layer, a.pooling, a.setting,
    avg(a.accuracy) AS accuracy, stddev_pop(a.accuracy) AS std_dev, count(*) AS folds, count(*) FILTER (NOT a.converged) AS unconverged,
    any_value(a.n_class_1) AS n_1, any_value(a.n_class_2) AS n_2,
    sum(a.overlap_share * a.n_test) / sum(a.n_test) FILTER (a.overlap_share IS NOT NULL) AS overlap_share,
    any_value(a.grouped_by) AS grouped_by, any_value(a.scheme) AS scheme, any_value(m.weights_note) AS weights, a.run_id, a.task_id
FROM pair_accuracy AS a LEFT JOIN models AS m USING (model)
GROUP BY a.run_id, a.task_id, a.class_by, a.class_1, a.class_2, a.model, a.layer, a.pooling, a.setting
ORDER BY a.run_id, a.class_by, a.model, a.layer, a.class_1, a.class_2, a.setting, a.task_id
