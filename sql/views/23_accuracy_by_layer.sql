-- How well the classes are told apart by each layer of a network (paper A): the mean over all pairs of classes, and the best layer of
-- each network. Supplementary Table 1 as printed (source 'published') and every run of `evaluate layers`.
-- @key source, model, layer, pooling, setting
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background; the paper compares layers on real crops
-- @column accuracy [0-1]: mean over n classifiers, all their folds, converged or not; where each plate or field is left out, every image
-- of a classifier counts alike
-- @column n: classifiers averaged; NULL where nobody printed it
-- @column n_classes: classes that they are of
-- @column fewest_images: images of the smallest class
-- @column n_unconverged: folds whose solver stopped early
-- @column overlap_share [0-1]: share of all test crops that show pixels of a training crop
-- @column best: whether it is the network's highest figure in this source and setting; only layers with the most classifiers are
-- compared, and of equals the first by name is marked. Of the printed table: what is printed in bold
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
WITH counted AS (
    SELECT run_id, model, layer, pooling, setting, count(DISTINCT task_id) AS n, count(DISTINCT class) AS n_classes
    FROM (SELECT *, unnest([class_1, class_2]) AS class FROM layer_accuracy ANTI JOIN unfinished_runs USING (run_id))
    GROUP BY ALL
),
fits AS (
    SELECT *, n_test / sum(n_test) OVER (PARTITION BY run_id, task_id) AS share
    FROM layer_accuracy ANTI JOIN unfinished_runs USING (run_id)
),
averaged AS (
    SELECT
        run_id, model, layer, pooling, setting,
        if(any_value(folds) IN ('plate', 'field'), sum(accuracy * share) / count(DISTINCT task_id), avg(accuracy)) AS accuracy,
        min(least(n_class_1, n_class_2)) AS fewest_images,
        count(*) FILTER (NOT converged) AS n_unconverged,
        sum(overlap_share * n_test) / sum(n_test) FILTER (overlap_share IS NOT NULL) AS overlap_share,
        any_value(folds) AS folds
    FROM fits
    GROUP BY run_id, model, layer, pooling, setting
)
SELECT
    'published' AS source, model, layer, 'avg' AS pooling, 'baseline' AS setting, accuracy,
    NULL::BIGINT AS n, NULL::BIGINT AS n_classes, NULL::INTEGER AS fewest_images, NULL::BIGINT AS n_unconverged,
    NULL::DOUBLE AS overlap_share, best, '5' AS folds
FROM published_layer_accuracy
UNION ALL
SELECT
    run_id, model, layer, pooling, setting, accuracy, n, n_classes, fewest_images, n_unconverged, overlap_share,
    row_number() OVER (PARTITION BY run_id, model, setting ORDER BY n DESC, accuracy DESC, layer, pooling) = 1, folds
FROM averaged JOIN counted USING (run_id, model, layer, pooling, setting)
