-- Which prediction is closest to the truth: networks side by side, each with its classifier of whole and of masked crops.
-- @key source, model, layer, pooling, crops, form, screen
-- @column prediction: network, scheme and crops
-- @column form: how a protein's distribution was formed: argmax (share of cells called so), mean (of probabilities), first (one cell's)
-- @column distance [0-1]: mean total variation from the truth: 0 is right, 1 has nothing in common with it
-- @column three_se [0-1]: three standard errors over proteins; NULL where there is one
-- @column n [conditions]: multiply localized proteins
-- @column share_top_right [0-1]: share of proteins whose largest class is the true one
-- @column distance_uniform [0-1]: what equal shares of all classes give, which know nothing
-- @column fewest_crops [images]: images of the protein that has fewest
-- @column model: network with its weights
-- @column crops: which of the two classifiers: original or masked
-- @column scheme: adam (the paper), exact or published
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column screen: the simulated screen
-- @column source: the run
SELECT
    model || ', ' || scheme || ', ' || crops || ' crops' AS prediction, form, avg(distance) AS distance,
    3 * stddev_samp(distance) / sqrt(count(*)) AS three_se, count(*) AS n, avg(top_right::INTEGER) AS share_top_right,
    avg(distance_uniform) AS distance_uniform, min(n_crops) AS fewest_crops, model, crops, scheme, layer, pooling, screen, source
FROM proportions_against_truth
GROUP BY ALL
ORDER BY form, scheme, layer, screen, distance, prediction, source
