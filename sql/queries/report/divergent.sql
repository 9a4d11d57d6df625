-- The multiply localized proteins whose predicted distribution changes most when the background is masked: 10 of each run's last layer.
-- @key source, model, layer, pooling, form, condition
-- @column condition: the protein
-- @column gene: gene name
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column classes: its classes in the order of the scheme
-- @column top_original: class of the largest share, original crops
-- @column top_masked: class of the largest share, masked crops
-- @column kl [nats]: KL(original || masked)
-- @column kl_uniform [nats]: KL(original || uniform)
-- @column exceeds: whether kl is greater than kl_uniform
-- @column n_crops [crops]: images behind the smaller of the two distributions
-- @column form: how the distribution was formed
-- @column scheme: adam (the paper), exact or published
-- @column pooling: how a map became a vector
-- @column source: the run
SELECT
    condition, gene, model, layer, array_to_string(classes, ', ') AS classes, top_original, top_masked, kl, kl_uniform, exceeds,
    n_crops, form, scheme, pooling, source
FROM proportion_divergence
-- The way of the paper's text where a run has it, the authors' notebook's where it has not.
QUALIFY form = any_value(form) OVER (PARTITION BY source, model, layer, pooling ORDER BY array_position(['argmax', 'mean', 'first'], form))
    AND row_number() OVER (PARTITION BY source, model, layer, pooling, form ORDER BY kl DESC, condition) <= 10
ORDER BY source, model, layer, pooling, kl DESC, condition
