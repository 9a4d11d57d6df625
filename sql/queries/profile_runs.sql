-- The proteins of one layer's vectors in runs of about $images images, in order of name: what is read at a time.
CREATE OR REPLACE TEMP TABLE profile_runs AS
WITH counted AS (
    SELECT condition, count(*) AS n
    FROM embeddings
    WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting IN ($original, $masked)
        AND condition IN (SELECT condition FROM condition_classes)
    GROUP BY condition
),
placed AS (
    SELECT condition, (sum(n) OVER (ORDER BY condition) - n) // (2 * $images) AS number FROM counted
)
SELECT min(condition) AS first_condition, max(condition) AS last_condition FROM placed GROUP BY number ORDER BY 1
