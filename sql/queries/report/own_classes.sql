-- This store's own figures by localization, as the paper's text describes them.
-- @key network, setting, class
-- @column network: network, layer, pooling and run
-- @column setting: what was done to the background
-- @column class: class
-- @column accuracy [0-1]: mean over all classifiers of the class
-- @column three_se [0-1]: three standard errors over those classifiers
-- @column n: classifiers averaged
-- @column fewest_images: images of the smallest class of these classifiers
SELECT
    model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || source
        || if(folds = '5', '', ', folds: ' || folds) AS network, a.setting, a.class, accuracy,
    three_se, n, fewest_images
FROM accuracy_by_class AS a LEFT JOIN chosen_classes AS l USING (class)
LEFT JOIN settings AS s ON s.setting = split_part(a.setting, '+', 1)
WHERE source <> 'published'
ORDER BY l.rank, network, s.rank, a.setting
