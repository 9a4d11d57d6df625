-- Ordinary and robust networks side by side: accuracy in each setting, and what neighbours of another localization cost.
-- @key source, model, layer, pooling
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column baseline [0-1]: accuracy on real crops
-- @column same_loc_swap [0-1]: on backgrounds of the same localization
-- @column cell_free_swap [0-1]: on backgrounds without cells
-- @column diff_loc_swap [0-1]: on backgrounds of a third localization
-- @column masked [0-1]: on crops with the background set to 0
-- @column drop [0-1]: same_loc_swap - diff_loc_swap
-- @column n_localizations [localizations]: localizations averaged
-- @column fewest_images [images]: images of the smallest class
-- @column pooling: how a map became a vector
-- @column weights: what the weights are
-- @column source: 'published', or the run
SELECT
    model, layer, baseline, same_loc_swap, cell_free_swap, diff_loc_swap, masked, drop, n_localizations, fewest_images, pooling,
    weights_note AS weights, source
FROM drop_by_model
ORDER BY source <> 'published', model, layer, source
