-- Whether the background's share of a layer's variance, which needs no labels, ranks layers as the drop does: Spearman's correlation.
WITH ranked AS (
    SELECT rank() OVER (ORDER BY s.background_share) AS by_share, rank() OVER (ORDER BY d.drop) AS by_drop
    FROM drop_by_model AS d JOIN sensitivity_by_layer AS s USING (model, layer, pooling)
    WHERE s.variant = 'paper'
)
SELECT corr(by_share, by_drop) AS "rank correlation", count(*) AS layers FROM ranked
