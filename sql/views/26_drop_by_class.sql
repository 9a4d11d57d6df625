-- How much accuracy a localization loses from one setting to another, over the pairs of classes that both settings have: what
-- accuracy_by_class has in both, subtracted. The five drops of the paper's question, and those to variants of a setting.
-- @key source, model, layer, pooling, setting_from, setting_to, class
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting_from: baseline, or same_class_swap where setting_to is diff_class_swap
-- @column setting_to: the setting that is compared with it
-- @column class: the class
-- @column accuracy_from [0-1]: mean over the classifiers of setting_from
-- @column accuracy_to [0-1]: mean over the classifiers of setting_to
-- @column drop [0-1]: accuracy_from - accuracy_to: above 0 where accuracy is lost
-- @column n_from: classifiers averaged in accuracy_from
-- @column n_to: classifiers averaged in accuracy_to
-- @column n_unconverged: folds of all these classifiers whose solver stopped early; NULL where nobody wrote it down
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
WITH classifiers AS (
    SELECT * FROM accuracy_by_pair
    WHERE class_by <> 'condition' AND (background IS NULL OR background NOT IN (class_1, class_2))
),
compared AS (
    SELECT a.source, a.model, a.layer, a.pooling, a.class_1, a.class_2, a.setting AS setting_from, b.setting AS setting_to
    FROM (SELECT DISTINCT source, model, layer, pooling, setting, class_1, class_2 FROM classifiers) AS a
    JOIN (SELECT DISTINCT source, model, layer, pooling, setting, class_1, class_2 FROM classifiers) AS b
        USING (source, model, layer, pooling, class_1, class_2)
    WHERE (a.setting = 'baseline' AND b.setting <> 'baseline')
        OR (starts_with(a.setting, 'same_class_swap') AND b.setting = replace(a.setting, 'same_class_swap', 'diff_class_swap'))
),
sides AS (
    SELECT k.*, c.setting = k.setting_from AS is_from, c.accuracy, c.n_unconverged, c.folds, unnest([c.class_1, c.class_2]) AS class
    FROM compared AS k
    JOIN classifiers AS c USING (source, model, layer, pooling, class_1, class_2)
    WHERE c.setting IN (k.setting_from, k.setting_to)
)
SELECT
    source, model, layer, pooling, setting_from, setting_to, class,
    avg(accuracy) FILTER (is_from) AS accuracy_from,
    avg(accuracy) FILTER (NOT is_from) AS accuracy_to,
    accuracy_from - accuracy_to AS drop,
    count(*) FILTER (is_from) AS n_from,
    count(*) FILTER (NOT is_from) AS n_to,
    sum(n_unconverged)::BIGINT AS n_unconverged,
    any_value(folds) AS folds
FROM sides
GROUP BY source, model, layer, pooling, setting_from, setting_to, class
