-- How much accuracy a network loses from one setting to another: mean over the localizations' drops, +- 3 standard errors over
-- localizations as the paper has it, beside the bootstrap interval over proteins that evaluate robustness computed.
-- @key source, model, layer, pooling, setting_from, setting_to
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting_from: baseline, or same_class_swap where setting_to is diff_class_swap
-- @column setting_to: the setting that is compared with it
-- @column accuracy_from [0-1]: mean over the localizations in setting_from
-- @column accuracy_to [0-1]: mean over the localizations in setting_to
-- @column drop [0-1]: accuracy_from - accuracy_to: above 0 where accuracy is lost
-- @column three_se [0-1]: 3 x sample standard deviation of the localizations' drops / sqrt(n_classes); NULL where that is 1
-- @column n_classes: localizations averaged
-- @column n_classifiers_from: different classifiers of setting_from behind them
-- @column n_classifiers_to: different classifiers of setting_to behind them
-- @column n_unconverged: folds of these classifiers whose solver stopped early; NULL where nobody wrote it down
-- @column low [0-1]: lower end of the interval over proteins; NULL as reason says
-- @column high [0-1]: upper end
-- @column level [0-1]: share of resamples inside the interval
-- @column n_conditions: proteins that were resampled; with fewer than 6 in a class the interval is too narrow
-- @column n_resamples: resamples
-- @column reason: why there is no interval; NULL where there is one
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
SELECT
    source, model, layer, pooling, setting_from, setting_to,
    avg(d.accuracy_from) AS accuracy_from,
    avg(d.accuracy_to) AS accuracy_to,
    avg(d.drop) AS drop,
    3 * stddev_samp(d.drop) / sqrt(count(*)) AS three_se,
    count(*) AS n_classes,
    -- each classifier counts for two localizations
    (sum(n_from) / 2)::BIGINT AS n_classifiers_from,
    (sum(n_to) / 2)::BIGINT AS n_classifiers_to,
    (sum(n_unconverged) / 2)::BIGINT AS n_unconverged,
    any_value(r.low) AS low,
    any_value(r.high) AS high,
    any_value(r.level) AS level,
    any_value(r.n_conditions) AS n_conditions,
    any_value(r.n_resamples) AS n_resamples,
    CASE WHEN any_value(r.low) IS NULL THEN coalesce(any_value(r.reason), 'not computed: cellswap evaluate robustness') END AS reason,
    any_value(d.folds) AS folds
FROM drop_by_class AS d
LEFT JOIN robustness AS r USING (source, model, layer, pooling, setting_from, setting_to)
GROUP BY source, model, layer, pooling, setting_from, setting_to
