-- How far predictions move when the background is masked: KL(original || masked) over multiply localized proteins, beside the paper's figures.
-- @key network, form, source
-- @column network: network, layer, pooling and scheme
-- @column form: how a protein's distribution was formed: argmax (share of cells called so), mean (of probabilities), first (one cell's)
-- @column n [conditions]: multiply localized proteins
-- @column min [nats]: least
-- @column q25 [nats]: lower quartile
-- @column median [nats]: median
-- @column q75 [nats]: upper quartile
-- @column mean [nats]: mean
-- @column max [nats]: greatest
-- @column std [nats]: sample standard deviation
-- @column n_exceeding_uniform [conditions]: proteins whose KL is greater than KL(original || uniform)
-- @column share_exceeding_uniform [0-1]: their share
-- @column source: published, or the run
SELECT
    model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || scheme AS network, form, n, "min", q25, "median", q75, mean, "max", std,
    n_exceeding_uniform, share_exceeding_uniform, source
FROM kl_summary
ORDER BY source = 'published', network, form, source
