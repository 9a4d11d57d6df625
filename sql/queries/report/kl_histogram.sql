-- KL(original || masked) over multiply localized proteins, in 40 bins up to the greatest of each panel, with the quartiles (paper, figure 3A).
-- @key panel, low
-- @column panel: network, layer, scheme, how distributions were formed, proteins, and the run
-- @column low [nats]: lower edge of the bin
-- @column high [nats]: upper edge of the bin
-- @column n [conditions]: proteins in the bin
-- @column q25 [nats]: lower quartile of the panel
-- @column median [nats]: median of the panel
-- @column q75 [nats]: upper quartile of the panel
-- @column n_panel [conditions]: proteins of the panel
-- @column share_exceeding_uniform [0-1]: share of them whose KL is greater than KL(original || uniform)
WITH edges AS (
    SELECT *, greatest("max", 1e-6) / 40 AS width FROM kl_summary WHERE source <> 'published'
)
SELECT
    model || ' ' || layer || if(pooling = 'none', '', ' ' || pooling) || ', ' || scheme || ', ' || form || ', n = ' || e.n || ' (' || source || ')' AS panel,
    bin * width AS low, (bin + 1) * width AS high, count(*) AS n, any_value(q25) AS q25, any_value("median") AS "median", any_value(q75) AS q75,
    any_value(e.n) AS n_panel, any_value(share_exceeding_uniform) AS share_exceeding_uniform
FROM (
    SELECT e.*, d.kl, least(floor(d.kl / e.width), 39) AS bin
    FROM proportion_divergence AS d JOIN edges AS e USING (source, model, layer, pooling, form)
) AS e
GROUP BY panel, bin, width
ORDER BY panel, low
