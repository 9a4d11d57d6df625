-- One row a classifier, folds averaged: the authors' raw results (source 'published') and every run's own, side by side.
-- @key source, model, layer, pooling, setting, class_by, class_1, class_2, background
-- @column source: 'published', or the run that trained the classifier
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background (paper 3.3)
-- @column class_by: the scheme of the classes, or protein where each is one
-- @column class_1: first class
-- @column class_2: second class
-- @column background: localization of the background, in the triplet settings
-- @column accuracy [0-1]: mean over the folds, converged or not; where each plate or field is left out, every image counts alike
-- @column std_dev [0-1]: population standard deviation over the folds
-- @column n_folds: folds averaged
-- @column n_unconverged: of these, folds whose solver stopped early; NULL where nobody wrote it down
-- @column n_1: images of the first class; NULL where not known
-- @column n_2: images of the second class; NULL where not known
-- @column overlap_share [0-1]: share of all test crops that show pixels of a training crop
-- @column plan_id: the plan that drew the images; NULL where the sweep drew them itself
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
SELECT
    'published' AS source, model, layer, 'avg' AS pooling, setting, 'localization' AS class_by, class_1, class_2, background,
    accuracy, std_dev, 5::BIGINT AS n_folds, NULL::BIGINT AS n_unconverged,
    NULL::INTEGER AS n_1, NULL::INTEGER AS n_2, NULL::DOUBLE AS overlap_share, NULL::VARCHAR AS plan_id, '5' AS folds
FROM published_pair_accuracy
UNION ALL
SELECT
    run_id, model, layer, pooling, setting, class_by, class_1, class_2, background,
    -- plates and fields are uneven, and some have images of one class alone
    if(any_value(folds) IN ('plate', 'field'), sum(accuracy * n_test) / sum(n_test), avg(accuracy)), stddev_pop(accuracy), count(*), count(*) FILTER (NOT converged),
    any_value(n_class_1), any_value(n_class_2),
    sum(overlap_share * n_test) / sum(n_test) FILTER (overlap_share IS NOT NULL), any_value(plan_id), any_value(folds)
FROM pair_accuracy ANTI JOIN unfinished_runs USING (run_id)
GROUP BY run_id, model, layer, pooling, setting, class_by, class_1, class_2, background
