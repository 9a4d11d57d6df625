-- What training never saw beside what it saw: accuracy and the drop to another localization's backgrounds, over the proteins that a
-- network was trained on and over those that it was not; and over localizations with such a protein and without. Networks whose
-- weights do not say what they were trained on have no row.
-- @key source, model, layer, pooling, unit, seen
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column unit: protein (test images of its cells, in all classifiers) or localization (all classifiers of the class)
-- @column seen: whether the network was trained on it
-- @column baseline [0-1]: accuracy on real crops, mean over n
-- @column same_class_swap [0-1]: on backgrounds of the same localization
-- @column diff_class_swap [0-1]: on backgrounds of a third localization
-- @column drop [0-1]: same_class_swap - diff_class_swap
-- @column three_se [0-1]: three standard errors of the drop over proteins or localizations; NULL where n is 1
-- @column n: proteins or localizations that have both settings
-- @column n_unconverged: folds whose solver stopped early, behind the protein or localization that has most of them
WITH figures AS (
    SELECT source, model, layer, pooling, setting, 'condition' AS unit, condition AS name, accuracy, n_unconverged FROM accuracy_by_condition
    UNION ALL
    SELECT source, model, layer, pooling, setting, 'class', class, accuracy, n_unconverged FROM accuracy_by_class
),
trained AS (
    SELECT model, 'condition' AS unit, condition AS name FROM training_conditions
    UNION
    SELECT model, 'class', class FROM training_conditions JOIN condition_classes USING (condition) WHERE class IS NOT NULL
),
each AS (
    SELECT
        source, model, layer, pooling, unit, name,
        any_value(accuracy) FILTER (setting = 'baseline') AS baseline,
        any_value(accuracy) FILTER (setting = 'same_class_swap') AS same_class_swap,
        any_value(accuracy) FILTER (setting = 'diff_class_swap') AS diff_class_swap,
        sum(n_unconverged) FILTER (setting IN ('baseline', 'same_class_swap', 'diff_class_swap'))::BIGINT AS n_unconverged
    FROM figures SEMI JOIN trained USING (model)
    GROUP BY ALL
    HAVING same_class_swap IS NOT NULL AND diff_class_swap IS NOT NULL
)
SELECT
    source, model, layer, pooling, unit, t.name IS NOT NULL AS seen,
    avg(baseline) AS baseline, avg(same_class_swap) AS same_class_swap, avg(diff_class_swap) AS diff_class_swap,
    avg(same_class_swap - diff_class_swap) AS drop,
    3 * stddev_samp(same_class_swap - diff_class_swap) / sqrt(count(*)) AS three_se,
    count(*) AS n,
    max(n_unconverged) AS n_unconverged
FROM each LEFT JOIN trained AS t USING (model, unit, name)
GROUP BY source, model, layer, pooling, unit, seen
