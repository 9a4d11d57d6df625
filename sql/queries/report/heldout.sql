-- What holding out proteins or plates costs: mean over localizations, beside five folds on the same images (paper D.3).
-- @key source, model, layer, pooling, setting
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column setting: what was done to the background
-- @column split_by: what is held out
-- @column held_out [0-1]: accuracy on proteins or plates that no training image shows
-- @column five_fold [0-1]: accuracy by five folds, images mixed
-- @column difference [0-1]: held_out - five_fold
-- @column three_se [0-1]: three standard errors of the difference over localizations, paired
-- @column n_classes: localizations averaged
-- @column n_refused: classes and backgrounds that could not be held out; why stands on the page Data quality
-- @column pooling: how a map became a vector
-- @column source: published, or the run
SELECT model, layer, h.setting, split_by, held_out, five_fold, difference, three_se, n_classes, n_refused, pooling, source
FROM heldout_by_setting AS h LEFT JOIN settings AS s ON s.setting = split_part(h.setting, '+', 1) LEFT JOIN networks AS k USING (model)
ORDER BY source = 'published', source, k.rank NULLS LAST, model, layer, pooling,
    s.rank, h.setting
