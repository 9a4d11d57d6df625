-- Networks side by side: accuracy in each setting by the text's rule, and what it costs when the neighbours have another
-- localization. An ordinary network and one that was trained to look away from the background are two rows.
-- @key source, model, layer, pooling
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column baseline [0-1]: accuracy on real crops
-- @column same_class_swap [0-1]: on backgrounds of the same localization
-- @column cell_free_swap [0-1]: on backgrounds without cells
-- @column diff_class_swap [0-1]: on backgrounds of a third localization
-- @column masked [0-1]: on crops with the background set to 0
-- @column drop [0-1]: same_class_swap - diff_class_swap; NULL where one is missing
-- @column n_classes: localizations averaged; the fewest of the settings
-- @column fewest_images: images of the smallest class of all these classifiers; NULL where not known
-- @column n_unconverged: folds whose solver stopped early; NULL where nobody wrote it down
-- @column weights_note: what the weights are; NULL for the published figures
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
SELECT
    source, model, layer, pooling,
    any_value(accuracy) FILTER (setting = 'baseline') AS baseline,
    any_value(accuracy) FILTER (setting = 'same_class_swap') AS same_class_swap,
    any_value(accuracy) FILTER (setting = 'cell_free_swap') AS cell_free_swap,
    any_value(accuracy) FILTER (setting = 'diff_class_swap') AS diff_class_swap,
    any_value(accuracy) FILTER (setting = 'masked') AS masked,
    any_value(accuracy) FILTER (setting = 'same_class_swap') - any_value(accuracy) FILTER (setting = 'diff_class_swap') AS drop,
    min(n_classes) AS n_classes,
    min(fewest_images) AS fewest_images,
    sum(n_unconverged)::BIGINT AS n_unconverged,
    any_value(weights_note) AS weights_note,
    any_value(folds) AS folds
FROM accuracy_by_setting LEFT JOIN models USING (model)
WHERE aggregation = 'as_described'
GROUP BY source, model, layer, pooling
