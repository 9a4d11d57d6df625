-- Figure of a setting: mean over the localizations' figures, +- 3 standard errors over localizations, by two rules.
-- 'as_described' is the text's (3.4). 'as_published' is what the authors' notebook did, and gives the printed Table 1:
-- baseline and masked count for the first class of each pair alone (the last class, vacuole, drops out), and the triplet
-- settings keep only the first third-class background of each pair.
-- @key source, model, layer, pooling, setting, aggregation
-- @column source: 'published', or the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column setting: what was done to the background
-- @column aggregation: as_published or as_described
-- @column accuracy [0-1]: mean over n_classes figures
-- @column three_se [0-1]: 3 x sample standard deviation over localizations / sqrt(n_classes); NULL where that is 1
-- @column n_classes: localizations averaged
-- @column n_classifiers: different classifiers behind them
-- @column fewest_images: images of the smallest class of these classifiers; NULL where not known
-- @column n_unconverged: folds of these classifiers whose solver stopped early; NULL where nobody wrote it down
-- @column folds: how images were parted: a number of folds (the paper: 5), plate or field (each left out once), or the plan's own plate
-- split or protein split
WITH third AS (
    SELECT a.*, coalesce(rank, 0) AS background_rank
    FROM accuracy_by_pair AS a LEFT JOIN chosen_classes ON chosen_classes.class = background
    WHERE class_by <> 'condition' AND (background IS NULL OR background NOT IN (class_1, class_2))
),
used AS (
    SELECT *, 'as_described' AS aggregation, [class_1, class_2] AS counts_for FROM third
    UNION ALL
    -- class_1 comes before class_2 in the order of the view localizations, in the authors' files and in every run.
    SELECT *, 'as_published',
        CASE WHEN setting IN (SELECT setting FROM settings WHERE behind IS NULL) THEN [class_1] ELSE [class_1, class_2] END
    FROM third
    QUALIFY background_rank = min(background_rank) OVER (PARTITION BY source, model, layer, pooling, setting, class_1, class_2)
),
by_class AS (
    SELECT source, model, layer, pooling, setting, aggregation, class, avg(accuracy) AS accuracy
    FROM (SELECT *, unnest(counts_for) AS class FROM used)
    GROUP BY source, model, layer, pooling, setting, aggregation, class
),
counted AS (
    SELECT source, model, layer, pooling, setting, aggregation, count(*) AS n_classifiers, min(least(n_1, n_2)) AS fewest_images,
        sum(n_unconverged)::BIGINT AS n_unconverged, any_value(folds) AS folds
    FROM used GROUP BY source, model, layer, pooling, setting, aggregation
)
SELECT
    source, model, layer, pooling, setting, aggregation,
    avg(accuracy) AS accuracy,
    3 * stddev_samp(accuracy) / sqrt(count(*)) AS three_se,
    count(*) AS n_classes, any_value(n_classifiers) AS n_classifiers,
    any_value(fewest_images) AS fewest_images, any_value(n_unconverged) AS n_unconverged,
    any_value(folds) AS folds
FROM by_class JOIN counted USING (source, model, layer, pooling, setting, aggregation)
GROUP BY source, model, layer, pooling, setting, aggregation
