-- Accuracy in each setting: this store's runs beside the paper's raw results, and its printed Table 1 where these are not there.
-- @key source, model, layer, pooling, setting
-- @column model: network
-- @column layer: layer of the network
-- @column setting: what was done to the background
-- @column accuracy [0-1]: mean over localizations, as the paper's text describes it
-- @column three_se [0-1]: three standard errors over localizations
-- @column n_classes: localizations averaged
-- @column n_classifiers: classifiers averaged
-- @column fewest_images: images of the smallest class of these classifiers; NULL where not known
-- @column printed [0-1]: Table 1 as printed
-- @column weights: what the weights are
-- @column pooling: how a map became a vector
-- @column source: published (raw results), printed (Table 1), or the run that computed it
-- @column folds: how images were parted: a number of folds, plate or field (each left out once), or the plan's own split
-- @column panel: the run, and its network where it has one
WITH shown AS (
    SELECT
        a.model, a.layer, a.setting, a.accuracy, a.three_se, a.n_classes, a.n_classifiers, a.fewest_images, p.accuracy AS printed,
        CASE WHEN a.source = 'published' THEN 'the authors''' ELSE m.weights_note END AS weights, a.pooling, a.source, a.folds
    FROM accuracy_by_setting AS a
    LEFT JOIN published_accuracy AS p ON p.model = a.model AND p.setting = a.setting AND a.source = 'published'
    LEFT JOIN models AS m ON m.model = a.model
    WHERE a.aggregation = 'as_described'
    UNION ALL
    SELECT
        p.model, coalesce(l.layer, 'not known'), p.setting, p.accuracy, p.three_se, NULL, NULL, NULL, p.accuracy, 'the authors''', 'avg', 'printed', '5'
    FROM published_accuracy AS p LEFT JOIN published_layer_accuracy AS l ON l.model = p.model AND l.best
    WHERE (p.model, p.setting) NOT IN (SELECT (model, setting) FROM accuracy_by_setting WHERE source = 'published')
)
SELECT
    a.*,
    CASE
        WHEN source = 'printed' THEN 'printed in the paper, Table 1'
        WHEN count(DISTINCT (model, layer, pooling)) OVER (PARTITION BY source) = 1 THEN model || ' ' || layer || ': ' || source
        ELSE source
    END || if(folds = '5', '', ', folds: ' || folds) AS panel
FROM shown AS a LEFT JOIN settings AS s ON s.setting = split_part(a.setting, '+', 1) LEFT JOIN networks AS k USING (model)
ORDER BY source IN ('published', 'printed'), source, k.rank NULLS LAST, model, layer, pooling,
    s.rank, a.setting
