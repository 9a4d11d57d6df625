-- Each layer of the three networks, of the ordinary one and of that which saw swaps: how well it tells classes apart on real crops
-- (evaluate layers), and which share of its variance the background explains where each centre is on each background (sensitivity).
WITH of_layer AS (
    SELECT
        m.network, training_of(m.weights_note) AS training, a.layer, a.accuracy, s.background_share, s.background_low, s.background_high,
        a.n, s.n_images, s.n_centre_proteins
    FROM accuracy_by_layer AS a
    JOIN models AS m USING (model)
    JOIN sensitivity_by_layer AS s USING (model, layer, pooling)
    WHERE a.source <> 'published' AND s.variant = 'paper'
)
SELECT
    network, layer,
    any_value(accuracy) FILTER (training = 'ordinary') AS "accuracy, ordinary",
    any_value(accuracy) FILTER (training = 'swap') AS "accuracy, swap",
    any_value(background_share) FILTER (training = 'ordinary') AS "background, ordinary",
    '[' || format('{:.3f}', any_value(background_low) FILTER (training = 'ordinary')) || ', '
    || format('{:.3f}', any_value(background_high) FILTER (training = 'ordinary')) || ']' AS "interval, ordinary",
    any_value(background_share) FILTER (training = 'swap') AS "background, swap",
    '[' || format('{:.3f}', any_value(background_low) FILTER (training = 'swap')) || ', '
    || format('{:.3f}', any_value(background_high) FILTER (training = 'swap')) || ']' AS "interval, swap",
    any_value(n) AS pairs, any_value(n_images) AS images
FROM of_layer
GROUP BY network, layer
ORDER BY array_position(['pifia', 'deeploc', 'pci'], split_part(network, '-', 1)), replace(layer, 'd', 'x')
