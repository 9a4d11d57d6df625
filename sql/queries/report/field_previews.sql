-- Fields with the outlines of the cells that were found, as drawn when they were read: at most 12, spread over plates.
-- @key field_id
-- @column field_id: field of view
-- @column plate: plate
-- @column well: well
-- @column n_cells [cells]: cells found
-- @column n_crops [crops]: crops written
-- @column masks: where the masks come from
SELECT field_id, f.plate, f.well, f.n_cells, f.n_crops, f.masks
FROM field_previews JOIN fields AS f USING (field_id)
ORDER BY row_number() OVER (PARTITION BY f.screen, f.plate ORDER BY md5(field_id)), field_id
LIMIT 12
