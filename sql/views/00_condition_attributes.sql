-- What tables of wells say of a condition: the columns that say the same of all of its wells, wherever they say anything.
-- @key orf, attribute
-- @column orf: the condition
-- @column attribute: the table's column
-- @column value: what it says
-- @column n_wells: wells of which it says so
SELECT orf, attribute, any_value(value) AS value, count(*) AS n_wells
FROM (
    SELECT orf, unnest(map_keys(attributes)) AS attribute, unnest(map_values(attributes)) AS value
    FROM wells WHERE orf IS NOT NULL AND attributes IS NOT NULL
)
GROUP BY orf, attribute
HAVING count(DISTINCT value) = 1
