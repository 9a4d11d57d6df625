-- Of the present run of proteins, how many images of each of the two settings have no vector in the other one.
INSERT INTO profile_alone
SELECT any_value(setting) AS setting, count(*) AS n_alone
FROM (
    SELECT image_id, any_value(setting) AS setting
    FROM embeddings
    WHERE model = getvariable('model') AND layer = getvariable('layer') AND pooling = getvariable('pooling')
        AND setting IN (getvariable('original'), getvariable('masked'))
        AND condition BETWEEN getvariable('first_condition') AND getvariable('last_condition')
    GROUP BY image_id
    HAVING count(DISTINCT setting) = 1
)
GROUP BY setting
