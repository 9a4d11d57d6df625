-- KL(original || masked) over multiply localized proteins, as far as the paper gives it.
-- @key statistic
-- @column statistic: name of the figure
-- @column value [nats or count]: the figure
-- @column printed_in: where it stands
SELECT statistic, value, printed_in FROM published_kl ORDER BY printed_in, statistic
