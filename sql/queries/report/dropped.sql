-- Crops that are not used, by reason.
-- @key screen, reason
-- @column screen: data set
-- @column reason: why they are not used
-- @column n [crops]: crops
-- @column share [0-1]: share of the data set's crops
SELECT screen, coalesce(reason, 'used') AS reason, count(*) AS n, count(*) / sum(count(*)) OVER (PARTITION BY screen) AS share
FROM crop_filter
GROUP BY screen, reason
ORDER BY screen, reason = 'used' DESC, n DESC, reason
