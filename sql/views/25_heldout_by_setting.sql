-- What holding out proteins or plates costs, setting by setting: mean over localizations of their figures held out and by five folds on
-- the same images (paper D.3), with the classes that could not be held out counted beside.
-- @key source, model, layer, pooling, setting
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column split_by: what is held out: protein or plate
-- @column held_out [0-1]: mean over n_classes
-- @column five_fold [0-1]: mean over the same localizations
-- @column difference [0-1]: held_out - five_fold
-- @column three_se [0-1]: three standard errors of the difference over localizations, paired; NULL where there is one
-- @column n_classes: localizations averaged
-- @column n_unconverged: fits of either evaluation whose solver stopped early; NULL for the printed table
-- @column n_refused: classes (and backgrounds) of the run that could not be held out; why stands in rejects; NULL for the printed table
WITH sides AS (
    SELECT
        source, model, layer, pooling, setting, split_by, class,
        max(accuracy) FILTER (evaluation <> 'five_fold_cv') AS held_out,
        max(accuracy) FILTER (evaluation = 'five_fold_cv') AS five_fold,
        sum(n_unconverged) AS n_unconverged
    FROM heldout_by_class
    GROUP BY ALL
),
refused AS (
    SELECT run_id, split_part(place, ': ', 1) AS place, count(*) AS n
    FROM rejects WHERE reason = 'class cannot be held out' GROUP BY ALL
)
SELECT
    source, model, layer, pooling, setting, split_by,
    avg(held_out) AS held_out, avg(five_fold) AS five_fold, avg(held_out - five_fold) AS difference,
    3 * stddev_samp(held_out - five_fold) / sqrt(count(*)) AS three_se,
    count(*) AS n_classes,
    -- each fit counts for two localizations
    (sum(n_unconverged) / 2)::BIGINT AS n_unconverged,
    CASE WHEN source <> 'published' THEN coalesce(any_value(r.n), 0) END AS n_refused
FROM sides
LEFT JOIN refused AS r ON r.run_id = source AND r.place = concat_ws('/', model, layer, pooling, setting)
WHERE held_out IS NOT NULL AND five_fold IS NOT NULL
GROUP BY source, model, layer, pooling, setting, split_by
