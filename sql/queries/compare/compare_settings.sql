-- What changed, setting by setting: this side minus the other, mean over the localizations that both have, paired.
-- @key network, setting
-- @column network: network, layer and pooling; where no network has the same name on both sides and each has one, both
-- @column setting: what was done to the background
-- @column this [0-1]: accuracy on this side
-- @column other [0-1]: accuracy on the other side
-- @column difference [0-1]: this - other: above 0 where this side is better
-- @column three_se [0-1]: three standard errors of the difference over localizations, paired
-- @column low [0-1]: difference - three_se
-- @column high [0-1]: difference + three_se
-- @column n_classes: localizations that both have
-- @column n_unconverged: folds of both whose solver stopped early
SELECT
    network, setting, avg(this) AS this, avg(other) AS other, avg(difference) AS difference,
    3 * stddev_samp(difference) / sqrt(count(*)) AS three_se, avg(difference) - three_se AS low, avg(difference) + three_se AS high,
    count(*) AS n_classes, sum(n_unconverged)::BIGINT AS n_unconverged
FROM 'compare_classes.parquet'
JOIN (SELECT DISTINCT setting, setting_rank FROM 'compare_sides.parquet') USING (setting)
GROUP BY network, setting_rank, setting
ORDER BY network, setting_rank, setting
