-- The intensity filter of each screen: the 5th percentile of all protein-channel pixels (paper 3.1), from merged histograms.
-- @key screen
-- @column screen: data set
-- @column basis: 'field' where full fields were read, 'crops' where only crops exist
-- @column n_pixels: pixels counted
-- @column p05 [counts]: smallest value that at least 5% of the pixels do not exceed
WITH merged AS (
    SELECT screen, basis, value, sum(n_pixels) AS n
    FROM intensity_histograms JOIN fields USING (field_id)
    GROUP BY ALL
),
-- A screen with full fields is judged by them alone.
chosen AS (
    SELECT * FROM merged QUALIFY basis = max(basis) OVER (PARTITION BY screen)
),
cumulated AS (
    SELECT *, sum(n) OVER (PARTITION BY screen ORDER BY value) AS up_to, sum(n) OVER (PARTITION BY screen) AS total
    FROM chosen
)
SELECT screen, basis, any_value(total)::BIGINT AS n_pixels, min(value) FILTER (up_to >= 0.05 * total) AS p05
FROM cumulated
GROUP BY screen, basis
