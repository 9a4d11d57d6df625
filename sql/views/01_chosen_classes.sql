-- The classes of the chosen scheme that are used, in its order.
-- @key class
-- @column rank: place in that order, from 0
-- @column class: the class
SELECT rank, class FROM classes JOIN chosen_scheme USING (scheme) WHERE used ORDER BY rank
