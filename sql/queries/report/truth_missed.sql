-- On simulated screens: how far predicted distributions are from the true ones, over all multiply localized proteins.
-- @key network, crops, form, screen, source
-- @column network: network, layer, pooling and scheme
-- @column crops: which of the two classifiers: original or masked
-- @column form: how the distribution was formed
-- @column screen: the simulated screen
-- @column n [conditions]: proteins
-- @column distance [0-1]: mean total variation from the truth: 0 is right, 1 has nothing in common with it
-- @column three_se [0-1]: three standard errors over proteins
-- @column distance_uniform [0-1]: the same of equal shares, which know nothing
-- @column share_top_right [0-1]: share of proteins whose largest class is the true one
-- @column true_share_missed [0-1]: mean true share in places that the classifier has no class for
-- @column source: the run
SELECT
    model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || scheme AS network, crops, form, screen, count(*) AS n,
    avg(distance) AS distance, 3 * stddev_samp(distance) / sqrt(count(*)) AS three_se, avg(distance_uniform) AS distance_uniform,
    avg(top_right::INTEGER) AS share_top_right, avg(true_share_missed) AS true_share_missed, source
FROM proportions_against_truth
GROUP BY ALL
ORDER BY network, form, screen, source, crops DESC
