-- The figures that the paper gives on the divergence of the two classifiers (4.5, fig. 3A), over all multiply localized proteins: one row
-- a run and way of forming distributions, and the paper's own (source 'published').
-- @key source, model, layer, pooling, form
-- @column source: 'published', or the run
-- @column model: network with its weights; the paper's figures are of PIFiA's profile
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column scheme: adam (the paper), exact or published
-- @column form: argmax, mean or first; the authors' notebook keeps the first row of a protein
-- @column n: proteins
-- @column min [nats]: least KL(original || masked)
-- @column q25 [nats]: lower quartile
-- @column median [nats]: median
-- @column q75 [nats]: upper quartile
-- @column mean [nats]: mean
-- @column max [nats]: greatest
-- @column std [nats]: sample standard deviation; NULL where n is 1
-- @column n_exceeding_uniform: proteins whose KL is greater than KL(original || uniform)
-- @column share_exceeding_uniform [0-1]: their share of n
SELECT
    'published' AS source, 'pifia' AS model, 'final' AS layer, 'none' AS pooling, 'adam' AS scheme, 'first' AS form,
    max(value) FILTER (statistic = 'n')::BIGINT AS n,
    max(value) FILTER (statistic = 'min') AS "min", max(value) FILTER (statistic = 'q25') AS q25,
    max(value) FILTER (statistic = 'median') AS "median", max(value) FILTER (statistic = 'q75') AS q75,
    max(value) FILTER (statistic = 'mean') AS mean, max(value) FILTER (statistic = 'max') AS "max",
    max(value) FILTER (statistic = 'std') AS std,
    max(value) FILTER (statistic = 'n_exceeding_uniform_baseline')::BIGINT AS n_exceeding_uniform,
    max(value) FILTER (statistic = 'share_exceeding_uniform_baseline') AS share_exceeding_uniform
FROM published_kl
HAVING count(*) > 0
UNION ALL
SELECT
    source, model, layer, pooling, scheme, form, count(*), min(kl), quantile_cont(kl, 0.25), median(kl), quantile_cont(kl, 0.75), avg(kl), max(kl),
    stddev_samp(kl), count(*) FILTER (exceeds), avg(exceeds::INTEGER)
FROM proportion_divergence
GROUP BY source, model, layer, pooling, scheme, form
