-- What tables of wells say of a condition: the columns that say the same of all of its wells, wherever they say anything.
-- @key condition, attribute
-- @column condition: the condition
-- @column attribute: the table's column
-- @column value: what it says
-- @column n_wells: wells of which it says so
SELECT condition, attribute, any_value(value) AS value, count(*) AS n_wells
FROM (
    SELECT condition, unnest(map_keys(attributes)) AS attribute, unnest(map_values(attributes)) AS value
    FROM wells WHERE condition IS NOT NULL AND attributes IS NOT NULL
)
GROUP BY condition, attribute
HAVING count(DISTINCT value) = 1
