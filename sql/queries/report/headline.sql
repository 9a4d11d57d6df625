-- Accuracy in each setting: this store's runs beside the paper's raw results and its printed Table 1.
-- @key source, model, layer, pooling, setting
-- @column model: network
-- @column layer: layer of the network
-- @column setting: what was done to the background
-- @column accuracy [0-1]: mean over localizations, as the paper's text describes it
-- @column three_se [0-1]: three standard errors over localizations
-- @column n_localizations: localizations averaged
-- @column n_classifiers: classifiers averaged
-- @column fewest_images: images of the smallest class of these classifiers; NULL where not known
-- @column printed [0-1]: Table 1 as printed
-- @column weights: what the weights are
-- @column pooling: how a map became a vector
-- @column source: published, or the run that computed it
-- @column panel: the run, and its network where it has one
SELECT
    a.model, a.layer, a.setting, a.accuracy, a.three_se, a.n_localizations, a.n_classifiers, a.fewest_images,
    p.accuracy AS printed,
    CASE WHEN a.source = 'published' THEN 'the authors''' ELSE m.weights_note END AS weights,
    a.pooling, a.source,
    if(
        count(DISTINCT (a.model, a.layer, a.pooling)) OVER (PARTITION BY a.source) = 1, a.model || ' ' || a.layer || ': ' || a.source, a.source
    ) AS panel
FROM accuracy_by_setting AS a
LEFT JOIN published_accuracy AS p ON p.model = a.model AND p.setting = a.setting AND a.source = 'published'
LEFT JOIN models AS m ON m.model = a.model
WHERE a.aggregation = 'as_described'
ORDER BY a.source = 'published', a.source, array_position(['pifia', 'pci', 'deeploc'], a.model) NULLS LAST, a.model, a.layer, a.pooling,
    array_position(['baseline', 'same_loc_swap', 'cell_free_swap', 'diff_loc_swap', 'masked'], a.setting)
