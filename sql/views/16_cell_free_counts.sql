-- How many windows free of cells (paper D.1) each protein has, and its class with it: a swap draws the protein first, so one
-- without any is drawn again, and a class whose proteins have few shows the same windows often.
-- @key screen, condition
-- @column screen: data set
-- @column class: the protein's single localization
-- @column condition: protein of the fields
-- @column n_windows: windows far from every cell that are stored
-- @column n_kept: of these, how many vary as little as certainly empty ones: these are drawn
-- @column n_crops: kept crops of the protein, beside them
-- @column class_kept: windows kept of all proteins of the class
-- @column class_conditions: proteins of the class that have at least one
WITH windows AS (
    SELECT screen, condition, count(*) AS n_windows, count(*) FILTER (kept) AS n_kept
    FROM cell_free_windows WHERE condition IS NOT NULL GROUP BY screen, condition
),
crops_kept AS (
    SELECT screen, condition, count(*) AS n_crops FROM crop_filter WHERE kept AND condition IS NOT NULL GROUP BY screen, condition
),
counted AS (
    SELECT
        screen, class, condition, coalesce(n_windows, 0) AS n_windows, coalesce(n_kept, 0) AS n_kept, coalesce(n_crops, 0) AS n_crops
    FROM windows FULL JOIN crops_kept USING (screen, condition) LEFT JOIN condition_classes USING (condition)
)
SELECT
    *,
    (sum(n_kept) OVER of_class)::BIGINT AS class_kept,
    count(*) FILTER (n_kept > 0) OVER of_class AS class_conditions
FROM counted
WINDOW of_class AS (PARTITION BY screen, class)
