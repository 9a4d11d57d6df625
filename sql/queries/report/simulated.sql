-- Simulated screens of the store and how much of each was drawn, from the truth that came with them.
-- @key screen
-- @column screen: screen
-- @column fields [fields]: fields that show cells
-- @column cells [cells]: cells that were drawn
-- @column classes [classes]: compartments that were drawn
SELECT
    split_part(field_id, '/', 1) AS screen, count(DISTINCT field_id) AS fields, count(*) AS cells,
    count(DISTINCT class) AS classes
FROM truth_cells
GROUP BY ALL
ORDER BY ALL
