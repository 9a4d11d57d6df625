-- The paper's figures on KL(original || masked) beside a run's, in the three ways of forming a protein's distribution.
-- @key source, model, layer, pooling, form, statistic
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column form: argmax, mean or first (the authors' notebook)
-- @column statistic: name of the figure; all but the two on the uniform distribution are of KL(original || masked)
-- @column value [nats, count or share]: computed
-- @column printed [nats, count or share]: the paper's
-- @column difference [nats, count or share]: value - printed
WITH long AS (
    UNPIVOT (SELECT * REPLACE (n::DOUBLE AS n, n_exceeding_uniform::DOUBLE AS n_exceeding_uniform) FROM kl_summary)
    ON n, "min", q25, "median", q75, mean, "max", std, n_exceeding_uniform, share_exceeding_uniform
    INTO NAME statistic VALUE value
)
SELECT own.source, own.model, own.layer, own.pooling, own.form, statistic, own.value, p.value AS printed, own.value - p.value AS difference
FROM long AS own LEFT JOIN (FROM long WHERE source = 'published') AS p USING (statistic)
WHERE own.source <> 'published'
