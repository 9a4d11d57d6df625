-- Drops of accuracy of one side, with their intervals over proteins: of each network and way of parting images those
-- of the newest run among the runs named.
-- @key side, model, layer, pooling, setting_from, setting_to, folds
-- @column side: this or other
-- @column run_id: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting_from: the setting that the drop is measured from
-- @column setting_to: the setting that it is measured to
-- @column drop [0-1]: accuracy lost
-- @column low [0-1]: lower end of the bootstrap interval over proteins
-- @column high [0-1]: upper end
-- @column level [0-1]: share of resamples inside the interval
-- @column three_se [0-1]: three standard errors over localizations
-- @column n_classes: localizations averaged
-- @column n_conditions: proteins that were resampled
-- @column reason: why there is no interval
-- @column folds: how images were parted: a number of folds, plate or field (each left out once), or the plan's own split
SELECT
    $side AS side, source AS run_id, model, layer, pooling, setting_from, setting_to, drop, low, high, level, three_se, n_classes,
    n_conditions, reason, folds
FROM robustness_drops JOIN runs ON run_id = source
WHERE list_contains($runs, source)
QUALIFY dense_rank() OVER (PARTITION BY model, layer, pooling, setting_from, setting_to, folds ORDER BY started_at DESC, source) = 1
ORDER BY ALL
