-- On which side each protein's images are: train, test, multiple (to be applied to) or too few (the class has under $at_least proteins).
-- Where images are held out, `side` is NULL and the image's bucket decides: up to `cut` they are a fifth of the class, and never more.
CREATE OR REPLACE TEMP TABLE profile_sides AS
WITH ranked AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY class) AS n_conditions,
        row_number() OVER (
            PARTITION BY class ORDER BY md5_number_lower(concat_ws('/', 'proportions', $seed::BIGINT, condition)), condition
        ) AS condition_number
    FROM profile_conditions
),
cumulated AS (
    SELECT class, bucket, sum(n) OVER (PARTITION BY class ORDER BY bucket) AS up_to, sum(n) OVER (PARTITION BY class) AS total
    FROM profile_buckets
),
cuts AS (
    SELECT class, coalesce(max(bucket) FILTER (up_to <= round(0.2 * total)), -1) AS cut FROM cumulated GROUP BY class
)
SELECT
    condition, class, n_conditions, first_image, cut,
    CASE
        WHEN class = 'multiple' THEN 'multiple'
        WHEN n_conditions < $at_least THEN 'too few'
        WHEN $held_by = 'image' THEN NULL
        WHEN condition_number <= greatest(1, round(0.2 * n_conditions)) THEN 'test'
        ELSE 'train'
    END AS side
FROM ranked JOIN cuts USING (class)
