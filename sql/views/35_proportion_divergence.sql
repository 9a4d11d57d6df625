-- How much the two classifiers differ on a multiply localized protein (paper 4.5): KL(original || masked) and, as a yardstick,
-- KL(original || uniform), in nats, probabilities clipped at 1e-10 as in the authors' notebook.
-- @key source, model, layer, pooling, form, condition
-- @column source: the run
-- @column model: network with its weights
-- @column layer: layer of the network
-- @column pooling: how a map became a vector
-- @column scheme: adam (the paper), exact or published
-- @column form: how a distribution was formed: argmax, mean or first
-- @column screen: data set of its crops; NULL where the vectors came without crops
-- @column condition: the protein
-- @column gene: gene name
-- @column classes: its classes in the order of the scheme
-- @column kl [nats]: KL(original || masked)
-- @column kl_uniform [nats]: KL(original || uniform over the classes)
-- @column exceeds: whether kl is greater than kl_uniform
-- @column top_original: class of the largest share, original crops
-- @column top_masked: class of the largest share, masked crops
-- @column n_crops: images behind the smaller of the two distributions
-- @column n_classes: classes of the classifiers
WITH sides AS (
    SELECT
        run_id AS source, model, layer, pooling, scheme, form, screen, condition, class,
        greatest(max(share) FILTER (crops = 'original'), 1e-10) AS p,
        greatest(max(share) FILTER (crops = 'masked'), 1e-10) AS q,
        min(n_crops) AS n_crops
    FROM proportions ANTI JOIN unfinished_runs USING (run_id)
    GROUP BY ALL
    HAVING count(*) = 2
)
SELECT
    source, model, layer, pooling, scheme, form, any_value(screen) AS screen, s.condition, any_value(gene) AS gene, any_value(classes) AS classes,
    sum(p * ln(p / q)) AS kl,
    sum(p * ln(p * n_of_all)) AS kl_uniform,
    kl > kl_uniform AS exceeds,
    arg_max(s.class, p ORDER BY s.class) AS top_original, arg_max(s.class, q ORDER BY s.class) AS top_masked,
    min(n_crops) AS n_crops, count(*) AS n_classes
FROM (SELECT *, count(*) OVER (PARTITION BY source, model, layer, pooling, form, condition) AS n_of_all FROM sides) AS s
LEFT JOIN condition_classes USING (condition)
GROUP BY source, model, layer, pooling, scheme, form, s.condition
