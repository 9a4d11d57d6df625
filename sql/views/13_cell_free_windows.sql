-- Which windows far from every cell count as free of cells (paper D.1): those that vary no more than certainly empty ones do.
-- @key crop_id
-- @column crop_id: the window; its pixels are in the table pixels
-- @column field_id: its field
-- @column screen: data set
-- @column replicate: replicate of the screen
-- @column condition: protein of the field
-- @column variance [counts^2]: variance of the signal channel over the window
-- @column threshold [counts^2]: 95th percentile of the variance of the replicate's certainly empty windows; NULL where it has none
-- @column n_certain: how many certainly empty windows the threshold stands on
-- @column reason: why the window is not used; NULL where it is
-- @column kept: whether the window is used
WITH thresholds AS (
    SELECT screen, replicate, quantile_cont(variance, 0.95) FILTER (empty) AS threshold, count(*) FILTER (empty) AS n_certain
    FROM backgrounds
    GROUP BY screen, replicate
)
SELECT
    crop_id,
    field_id,
    screen,
    replicate,
    condition,
    variance,
    threshold,
    n_certain,
    CASE
        WHEN threshold IS NULL THEN 'no certainly empty window in the replicate'
        WHEN variance > threshold THEN 'varies more than 95% of certainly empty windows'
    END AS reason,
    reason IS NULL AS kept
FROM backgrounds JOIN thresholds USING (screen, replicate)
