-- Each layer of the three networks, of the ordinary one and of that which saw swaps: how well it tells classes apart on real crops
-- (evaluate layers), and which share of its variance the background explains where each centre is on each background (sensitivity).
WITH of_layer AS (
    SELECT
        m.network, training_of(m.weights_note) AS training, a.layer, a.accuracy, a.n, s.n_images,
        s.background_share, interval_of(s.background_low, s.background_high) AS interval
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
    any_value(interval) FILTER (training = 'ordinary') AS "interval, ordinary",
    any_value(background_share) FILTER (training = 'swap') AS "background, swap",
    any_value(interval) FILTER (training = 'swap') AS "interval, swap",
    any_value(n) AS pairs, any_value(n_images) AS images
FROM of_layer
GROUP BY network, layer
ORDER BY place_of(network), replace(layer, 'd', 'x')
