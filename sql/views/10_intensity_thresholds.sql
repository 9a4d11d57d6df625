-- The intensity filter of each replicate of a screen: a quantile of all pixels of the signal channel (paper 3.1: the 5th percentile of the
-- protein channel, over the fields of one replicate), from merged histograms. Which quantile is a fact of the store.
-- @key screen, replicate
-- @column screen: data set
-- @column replicate: replicate of the screen
-- @column basis: 'field' where full fields were read, 'crops' where only crops exist
-- @column n_pixels: pixels counted
-- @column threshold [counts]: smallest value that at least that share of the pixels do not exceed; NULL where the filter is off
WITH merged AS (
    SELECT screen, replicate, basis, value, sum(n_pixels) AS n
    FROM intensity_histograms JOIN fields USING (field_id)
    GROUP BY ALL
),
-- A replicate with full fields is judged by them alone.
chosen AS (
    SELECT * FROM merged QUALIFY basis = max(basis) OVER (PARTITION BY screen, replicate)
),
cumulated AS (
    SELECT
        *,
        sum(n) OVER (PARTITION BY screen, replicate ORDER BY value) AS up_to,
        sum(n) OVER (PARTITION BY screen, replicate) AS total
    FROM chosen
)
SELECT
    screen, replicate, basis, any_value(total)::BIGINT AS n_pixels,
    min(value) FILTER (intensity_quantile > 0 AND up_to >= intensity_quantile * total) AS threshold
FROM cumulated CROSS JOIN store_facts
GROUP BY screen, replicate, basis
