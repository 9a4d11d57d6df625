-- Accuracy of each layer of a network, over all pairs of classes: Supplementary Table 1 as printed and this store's runs.
-- @key line, model, layer
-- @column model: network with its weights
-- @column layer: layer, as the paper names it where it has it
-- @column accuracy [0-1]: mean over n classifiers, five folds each where the line says nothing else
-- @column best: the best layer of the line; of the printed table, what is in bold
-- @column n [classifiers]: classifiers averaged
-- @column fewest_images: images of the smallest class
-- @column n_unconverged: folds whose solver stopped early
-- @column overlap_share [0-1]: share of test crops that show pixels of a training crop
-- @column place: place of the layer among the network's, from 1
-- @column line: printed, or the run with its pooling and setting
WITH named AS (
    SELECT
        CASE WHEN a.source = 'published' THEN 'printed' ELSE a.source || ', ' || a.pooling || if(a.setting = 'baseline', '', ', ' || a.setting)
            || if(a.folds = '5', '', ', folds: ' || a.folds) END AS line,
        a.* EXCLUDE (layer), coalesce(c.printed_layer, a.layer) AS layer
    FROM accuracy_by_layer AS a
    LEFT JOIN table_s1_compared AS c ON c.source = a.source AND c.model = a.model AND c.layer = a.layer AND c.pooling = a.pooling
),
-- From the input to the output: by the numbers in the names, vectors after maps.
ordered AS (
    SELECT model, layer, row_number() OVER (
        PARTITION BY model
        ORDER BY layer IN ('final', 'softmax'), regexp_matches(layer, '^(flatten|d[0-9]|fc|dense|head)'),
            regexp_extract_all(layer, '[0-9]+')::INTEGER[], layer
    ) AS place
    FROM (SELECT DISTINCT model, layer FROM named)
)
SELECT model, layer, accuracy, best, n, fewest_images, n_unconverged, overlap_share, place, line
FROM named JOIN ordered USING (model, layer) LEFT JOIN networks AS k USING (model)
ORDER BY k.rank NULLS LAST, model, line = 'printed', line, place
