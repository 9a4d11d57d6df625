-- The intensity filter of each screen: a quantile of all pixels of the signal channel (paper 3.1: the 5th percentile of the protein
-- channel), from merged histograms. Which quantile is a fact of the store.
-- @key screen
-- @column screen: data set
-- @column basis: 'field' where full fields were read, 'crops' where only crops exist
-- @column n_pixels: pixels counted
-- @column threshold [counts]: smallest value that at least that share of the pixels do not exceed; NULL where the filter is off
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
SELECT screen, basis, any_value(total)::BIGINT AS n_pixels, min(value) FILTER (intensity_quantile > 0 AND up_to >= intensity_quantile * total) AS threshold
FROM cumulated CROSS JOIN store_facts
GROUP BY screen, basis
