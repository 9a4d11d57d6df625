-- How far counts of argmax are from the true proportions, by the paper's five epochs and at the optimum of the same classifiers
-- (--fit exact).
WITH of_condition AS (
    SELECT
        model, layer, crops, condition, any_value(distance) FILTER (scheme = 'adam') AS adam, any_value(distance) FILTER (scheme = 'exact') AS exact,
        bool_or(top_right) FILTER (scheme = 'exact') AS top_right
    FROM proportions_against_truth
    WHERE form = 'argmax'
    GROUP BY ALL
    HAVING exact IS NOT NULL
)
SELECT
    m.model AS name, m.network, training_of(m.weights_note) AS training, p.layer, p.crops,
    avg(adam) AS "five epochs", 3 * stddev_samp(adam) / sqrt(count(*)) AS "± 3 SE",
    avg(exact) AS optimum, 3 * stddev_samp(exact) / sqrt(count(*)) AS "its ± 3 SE",
    count(*) FILTER (top_right) || ' of ' || count(*) AS "largest share right"
FROM of_condition AS p JOIN models AS m USING (model)
GROUP BY m.model, m.network, training, p.layer, p.crops
ORDER BY place_of(m.network), p.layer, p.crops DESC, training
