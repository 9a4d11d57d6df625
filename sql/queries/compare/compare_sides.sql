-- Figures by localization of one side: of each network, setting and way of parting images those of the newest run among the runs named.
-- @key side, model, layer, pooling, setting, class, folds
-- @column side: this or other
-- @column run_id: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column setting_rank: place of the setting in the view settings
-- @column class: class
-- @column accuracy [0-1]: mean over n classifiers (paper 3.4)
-- @column three_se [0-1]: three standard errors over the classifiers
-- @column n [classifiers]: classifiers averaged
-- @column fewest_images: images of the smallest class
-- @column n_unconverged: folds whose solver stopped early
-- @column folds: how images were parted: a number of folds, plate or field (each left out once), or the plan's own split
SELECT
    $side AS side, source AS run_id, model, layer, pooling, a.setting, s.rank AS setting_rank, class, accuracy, three_se, n,
    fewest_images, n_unconverged, folds
FROM accuracy_by_class AS a JOIN runs ON run_id = source
LEFT JOIN settings AS s ON s.setting = split_part(a.setting, '+', 1)
WHERE list_contains($runs, source)
QUALIFY dense_rank() OVER (PARTITION BY model, layer, pooling, a.setting, folds ORDER BY started_at DESC, source) = 1
ORDER BY ALL
