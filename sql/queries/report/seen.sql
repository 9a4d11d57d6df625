-- What training never saw beside what it saw: what neighbours of another localization cost there.
-- @key source, model, layer, pooling, unit, seen
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column unit: proteins, or localizations
-- @column seen: in training, or never seen
-- @column baseline [0-1]: accuracy on real crops
-- @column same_class_swap [0-1]: on backgrounds of the same localization
-- @column diff_class_swap [0-1]: on backgrounds of a third localization
-- @column drop [0-1]: same_class_swap - diff_class_swap
-- @column three_se [0-1]: three standard errors over the proteins or localizations
-- @column n: proteins or localizations
-- @column pooling: how a map became a vector
-- @column source: the run
SELECT
    model, layer, if(unit = 'class', 'classes', 'conditions') AS unit, if(seen, 'in training', 'never seen') AS seen, baseline, same_class_swap, diff_class_swap, drop,
    three_se, n, pooling, source
FROM drop_by_seen
ORDER BY unit DESC, seen, model, layer, source
