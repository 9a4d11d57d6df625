-- Of each cell of the table given_cells whether the store has its field, whether it has the cell, and with which condition.
SELECT g.crop_id, g.condition, g.field_id IN (SELECT field_id FROM fields) AS field_there, c.crop_id IS NOT NULL AS cell_there, c.condition AS condition_there
FROM given_cells AS g LEFT JOIN crops AS c USING (crop_id)
