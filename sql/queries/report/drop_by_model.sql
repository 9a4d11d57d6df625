-- Ordinary and robust networks side by side: accuracy in each setting, and what neighbours of another localization cost.
-- @key source, model, layer, pooling
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column baseline [0-1]: accuracy on real crops
-- @column same_class_swap [0-1]: on backgrounds of the same localization
-- @column cell_free_swap [0-1]: on backgrounds without cells
-- @column diff_class_swap [0-1]: on backgrounds of a third localization
-- @column masked [0-1]: on crops with the background set to 0
-- @column drop [0-1]: same_class_swap - diff_class_swap
-- @column low [0-1]: lower end of the drop's bootstrap interval over proteins; NULL before cellswap evaluate robustness
-- @column high [0-1]: upper end
-- @column three_se [0-1]: three standard errors of the drop over localizations
-- @column n_classes [classes]: localizations averaged
-- @column n_conditions [conditions]: proteins resampled
-- @column fewest_images [images]: images of the smallest class
-- @column pooling: how a map became a vector
-- @column weights: what the weights are
-- @column folds: how images were parted: a number of folds, plate or field (each left out once), or the plan's own split
-- @column source: 'published', or the run
SELECT
    d.model, d.layer, d.baseline, d.same_class_swap, d.cell_free_swap, d.diff_class_swap, d.masked, d.drop, r.low, r.high, r.three_se,
    d.n_classes, r.n_conditions, d.fewest_images, d.pooling, d.weights_note AS weights, d.folds, d.source
FROM drop_by_model AS d
LEFT JOIN (FROM robustness_drops WHERE setting_from = 'same_class_swap' AND setting_to = 'diff_class_swap') AS r
    USING (source, model, layer, pooling)
ORDER BY d.source <> 'published', d.model, d.layer, d.source
