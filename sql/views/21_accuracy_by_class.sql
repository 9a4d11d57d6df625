-- Figure of a localization by the paper's text (3.4): mean over all pairs, or triplets with a third background, in which it
-- is either class. Of the authors' raw results these are Supplementary Table 2's, and with three decimals the 5-fold rows of
-- Supplementary Table 3.
-- @key source, model, layer, pooling, setting, class
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column class: the class; rows follow the order of the view localizations
-- @column accuracy [0-1]: mean over n classifiers
-- @column three_se [0-1]: three standard errors over the classifiers: 3 x sample standard deviation / sqrt(n); NULL where n is 1
-- @column n: classifiers averaged; the whole paper has 14 for pairs, 182 for triplets
-- @column fewest_images: images of the smallest class of these classifiers; NULL where not known
-- @column n_unconverged: folds of these classifiers whose solver stopped early; NULL where nobody wrote it down
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
WITH sides AS (
    SELECT source, model, layer, pooling, setting, accuracy, n_unconverged, folds, least(n_1, n_2) AS images, unnest([class_1, class_2]) AS class
    FROM accuracy_by_pair
    WHERE class_by <> 'condition' AND (background IS NULL OR background NOT IN (class_1, class_2))
),
averaged AS (
    SELECT
        source, model, layer, pooling, setting, class,
        avg(accuracy) AS accuracy,
        3 * stddev_samp(accuracy) / sqrt(count(*)) AS three_se,
        count(*) AS n,
        min(images) AS fewest_images,
        sum(n_unconverged)::BIGINT AS n_unconverged,
        any_value(folds) AS folds
    FROM sides
    GROUP BY source, model, layer, pooling, setting, class
)
SELECT averaged.*
FROM averaged LEFT JOIN chosen_classes USING (class)
ORDER BY source, model, layer, pooling, setting, rank, class
