-- Both predicted distributions of the most divergent proteins (paper, figure 3B), and the true one where the screen was simulated.
-- @key source, model, layer, pooling, form, orf, localization, crops
-- @column protein: gene, protein, and its classes
-- @column localization: class
-- @column crops: original, masked, or truth
-- @column share [0-1]: predicted share; of truth, the share of cells that were drawn there
-- @column n_crops [crops]: images behind it
-- @column kl [nats]: KL(original || masked) of the protein
-- @column orf: the protein
-- @column form: how the distribution was formed
-- @column scheme: adam (the paper), exact or published
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column source: the run
WITH divergent AS (
    SELECT
        source, model, layer, pooling, scheme, form, screen, orf, kl,
        coalesce(gene || ' ', '') || orf || ': ' || coalesce(array_to_string(localizations, ', '), 'not labelled') AS protein
    FROM proportion_divergence
    QUALIFY form = any_value(form) OVER (PARTITION BY source, model, layer, pooling ORDER BY array_position(['argmax', 'mean', 'first'], form))
        AND row_number() OVER (PARTITION BY source, model, layer, pooling, form ORDER BY kl DESC, orf) <= 10
),
shares AS (
    SELECT d.*, p.localization, p.crops, p.share, p.n_crops
    FROM divergent AS d JOIN proportions AS p
        ON p.run_id = d.source AND p.model = d.model AND p.layer = d.layer AND p.pooling = d.pooling AND p.form = d.form AND p.orf = d.orf
    UNION ALL
    SELECT d.*, t.localization, 'truth', t.proportion, NULL
    FROM divergent AS d JOIN truth_proteins AS t USING (screen, orf)
)
SELECT protein, s.localization, crops, share, n_crops, kl, orf, form, scheme, model, layer, pooling, source
FROM shares AS s LEFT JOIN localizations USING (localization)
ORDER BY source, model, layer, pooling, kl DESC, orf, rank, array_position(['original', 'masked', 'truth'], crops)
