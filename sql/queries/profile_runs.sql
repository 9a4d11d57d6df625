-- The proteins of one layer's vectors in runs of about $images images, in order of name: what is read at a time.
CREATE OR REPLACE TEMP TABLE profile_runs AS
WITH counted AS (
    SELECT orf, count(*) AS n
    FROM embeddings
    WHERE model = $model AND layer = $layer AND pooling = $pooling AND setting IN ($original, $masked)
        AND orf IN (SELECT orf FROM proteins)
    GROUP BY orf
),
placed AS (
    SELECT orf, (sum(n) OVER (ORDER BY orf) - n) // (2 * $images) AS number FROM counted
)
SELECT min(orf) AS first_orf, max(orf) AS last_orf FROM placed GROUP BY number ORDER BY 1
