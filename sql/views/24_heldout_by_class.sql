-- Figure of a localization when proteins or plates are held out, beside five folds on the same images (paper D.3): mean over all pairs,
-- or triplets with a third background, in which it is either class. Supplementary Table 3 as printed is the source 'published'.
-- @key source, model, layer, pooling, setting, evaluation, class
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network; of the printed table, the one that the paper found best
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background; the printed table is of cell-free swaps
-- @column evaluation: condition_held_out, plate_held_out or five_fold_cv
-- @column split_by: what the source holds out: protein or plate
-- @column class: the class
-- @column accuracy [0-1]: mean over n classifiers
-- @column three_se [0-1]: three standard errors over the classifiers; NULL where n is 1, or nobody printed it
-- @column n: classifiers averaged
-- @column fewest_test: test images of the smallest test set (of one fold, in five_fold_cv)
-- @column n_unconverged: fits whose solver stopped early
-- @column overlap_share [0-1]: share of all test crops that show pixels of a training crop
WITH fits AS (
    SELECT
        run_id, model, layer, pooling, setting, evaluation, split_by, task_id, class_1, class_2, avg(accuracy) AS accuracy,
        min(n_test) AS n_test, count(*) FILTER (NOT converged) AS n_unconverged,
        sum(overlap_share * n_test) / sum(n_test) FILTER (overlap_share IS NOT NULL) AS overlap_share
    FROM heldout_accuracy ANTI JOIN unfinished_runs USING (run_id)
    GROUP BY ALL
)
SELECT
    'published' AS source, h.model, l.layer, 'avg' AS pooling, 'cell_free_swap' AS setting, replace(h.evaluation, 'protein', 'condition') AS evaluation, 'condition' AS split_by,
    h.localization AS class, h.accuracy, NULL::DOUBLE AS three_se, NULL::BIGINT AS n, NULL::INTEGER AS fewest_test,
    NULL::BIGINT AS n_unconverged, NULL::DOUBLE AS overlap_share
FROM published_heldout_accuracy AS h LEFT JOIN published_layer_accuracy AS l ON l.model = h.model AND l.best
UNION ALL
SELECT
    run_id, model, layer, pooling, setting, evaluation, split_by, class,
    avg(accuracy), 3 * stddev_samp(accuracy) / sqrt(count(*)), count(*), min(n_test), sum(n_unconverged)::BIGINT, avg(overlap_share)
FROM (SELECT *, unnest([class_1, class_2]) AS class FROM fits)
GROUP BY run_id, model, layer, pooling, setting, evaluation, split_by, class
