-- Both predicted distributions of the most divergent proteins (paper, figure 3B), and the true one where the screen was simulated.
-- @key source, model, layer, pooling, form, condition, class, crops
-- @column named: gene, named, and its classes
-- @column class: class
-- @column crops: original, masked, or truth
-- @column share [0-1]: predicted share; of truth, the share of cells that were drawn there
-- @column n_crops [crops]: images behind it
-- @column kl [nats]: KL(original || masked) of the named
-- @column condition: the named
-- @column form: how the distribution was formed
-- @column scheme: adam (the paper), exact or published
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column source: the run
WITH divergent AS (
    SELECT
        source, model, layer, pooling, scheme, form, screen, condition, kl,
        coalesce(gene || ' ', '') || condition || ': ' || coalesce(array_to_string(classes, ', '), 'not labelled') AS named
    FROM proportion_divergence
    QUALIFY form = any_value(form) OVER (PARTITION BY source, model, layer, pooling ORDER BY array_position(['argmax', 'mean', 'first'], form))
        AND row_number() OVER (PARTITION BY source, model, layer, pooling, form ORDER BY kl DESC, condition) <= 10
),
shares AS (
    SELECT d.*, p.class, p.crops, p.share, p.n_crops
    FROM divergent AS d JOIN proportions AS p
        ON p.run_id = d.source AND p.model = d.model AND p.layer = d.layer AND p.pooling = d.pooling AND p.form = d.form AND p.condition = d.condition
    UNION ALL
    SELECT d.*, t.class, 'truth', t.proportion, NULL
    FROM divergent AS d JOIN truth_conditions AS t USING (screen, condition)
)
SELECT named, s.class, crops, share, n_crops, kl, condition, form, scheme, model, layer, pooling, source
FROM shares AS s LEFT JOIN chosen_classes USING (class)
ORDER BY source, model, layer, pooling, kl DESC, condition, rank, array_position(['original', 'masked', 'truth'], crops)
