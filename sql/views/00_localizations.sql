-- The classes of the chosen scheme that are used, in its order.
-- @key localization
-- @column rank: place in that order, from 0
-- @column localization: the class
SELECT rank, class AS localization FROM classes JOIN chosen_scheme USING (scheme) WHERE used ORDER BY rank
