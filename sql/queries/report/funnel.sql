-- From cells found to cells used, data set by data set: each step is a part of the step before it.
-- @key screen, step
-- @column screen: data set
-- @column step: place in the order, from 1
-- @column cells: what the cells of this step have passed
-- @column n [cells]: cells that passed
-- @column share [0-1]: share of the step before
-- @column lost [cells]: cells that did not pass
WITH found AS (
    SELECT screen, sum(n_cells) AS n FROM fields GROUP BY screen
),
filtered AS (
    SELECT f.*, c.has_pixels, c.mask_area_px, c.mask_area_px / s.crop_size ** 2 AS mask_share
    FROM crop_filter AS f JOIN crops AS c USING (crop_id) CROSS JOIN store_facts AS s
),
steps AS (
    SELECT screen, 1 AS step, 'found in the fields' AS cells, n FROM found
    UNION ALL SELECT screen, 2, 'crop inside the field', count(*) FROM filtered GROUP BY screen
    UNION ALL SELECT screen, 3, 'with pixels', count(*) FILTER (has_pixels) FROM filtered GROUP BY screen
    UNION ALL SELECT screen, 4, 'with a mask', count(*) FILTER (has_pixels AND mask_area_px IS NOT NULL) FROM filtered GROUP BY screen
    UNION ALL SELECT screen, 5, 'mask of 5-95%', count(*) FILTER (has_pixels AND mask_share BETWEEN 0.05 AND 0.95) FROM filtered GROUP BY screen
    UNION ALL SELECT screen, 6, 'bright enough: kept', count(*) FILTER (kept) FROM filtered GROUP BY screen
    UNION ALL SELECT screen, 7, 'single ' || (SELECT class_word FROM store_facts), count(*) FILTER (kept AND class IS NOT NULL) FROM filtered GROUP BY screen
)
SELECT
    screen,
    step,
    cells,
    n::BIGINT AS n,
    n / nullif(lag(n) OVER of_screen, 0) AS share,
    (lag(n) OVER of_screen - n)::BIGINT AS lost
FROM steps
WINDOW of_screen AS (PARTITION BY screen ORDER BY step)
ORDER BY screen, step
