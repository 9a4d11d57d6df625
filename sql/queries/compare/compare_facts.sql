-- What else differs between the sides: data, weights, versions and arguments.
-- @key what
-- @column what: name of the fact
-- @column this: on this side
-- @column other: on the other side
SELECT what, max(value) FILTER (side = 'this') AS this, max(value) FILTER (side = 'other') AS other
FROM 'compare_fact_sides.parquet'
GROUP BY what
HAVING this IS DISTINCT FROM other
ORDER BY what
