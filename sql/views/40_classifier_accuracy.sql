-- One row a linear classifier: its folds averaged, beside how many of them the solver could certify.
-- @key run_id, task_id
-- @column run_id: the sweep
-- @column task_id: the classifier
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column class_by: what the classes are
-- @column class_1: first class
-- @column class_2: second class
-- @column background: localization of the background, in the triplet settings
-- @column grouped_by: what the folds keep on one side
-- @column scheme: which solver
-- @column accuracy [0-1]: mean over the folds, certain or not
-- @column std_dev [0-1]: population standard deviation over the folds
-- @column n_folds: folds
-- @column n_uncertain: folds of which the solver did not reach its tolerance; where this is not 0 the accuracy is no certain figure
-- @column largest_gap: largest relative duality gap of a fold; NULL where one of them has none
-- @column overlap_share [0-1]: share of test crops that show pixels of a training crop, mean over the folds
SELECT
    run_id,
    task_id,
    any_value(model) AS model,
    any_value(layer) AS layer,
    any_value(pooling) AS pooling,
    any_value(setting) AS setting,
    any_value(class_by) AS class_by,
    any_value(class_1) AS class_1,
    any_value(class_2) AS class_2,
    any_value(background) AS background,
    any_value(grouped_by) AS grouped_by,
    any_value(scheme) AS scheme,
    avg(accuracy) AS accuracy,
    stddev_pop(accuracy) AS std_dev,
    count(*) AS n_folds,
    count(*) FILTER (NOT converged) AS n_uncertain,
    -- max() leaves NULLs out, and a gap that is not known must not look like a small one.
    CASE WHEN count(duality_gap) = count(*) THEN max(duality_gap) END AS largest_gap,
    avg(overlap_share) AS overlap_share
FROM pair_accuracy
GROUP BY run_id, task_id
