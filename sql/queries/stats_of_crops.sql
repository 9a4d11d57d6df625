-- What each crop and window of the table crops_wanted(number, crop_id) is standardized with: the statistics of its protein on its plate of
-- its replicate, one row a channel of $channels; `several` says whether the protein lies in other places of the screen, too.
CREATE OR REPLACE TEMP TABLE stats_of_crops AS
WITH placed AS (
    SELECT crop_id, replicate, plate, condition FROM crops WHERE screen = $screen
    UNION ALL
    SELECT crop_id, replicate, plate, condition FROM backgrounds WHERE screen = $screen
),
stats AS (
    SELECT *, count(*) OVER (PARTITION BY condition, channel) > 1 AS several
    FROM condition_stats WHERE screen = $screen AND list_contains($channels, channel)
)
SELECT
    w.number, list_position($channels, s.channel) - 1 AS channel_at,
    s.condition, s.replicate, s.plate, s.channel, s.mean, s.std, s.n_crops, s.several
FROM crops_wanted AS w
JOIN placed AS p USING (crop_id)
JOIN stats AS s ON s.condition = p.condition AND s.replicate = p.replicate AND s.plate IS NOT DISTINCT FROM p.plate
