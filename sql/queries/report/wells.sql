-- Every place of the first 16 plates: what lies there and what was read of it; a place without a well is on no map and has no field.
-- @key screen, plate, well
-- @column screen: data set
-- @column plate: plate
-- @column well: well
-- @column plate_row: row, A on top
-- @column plate_column: column, from 1
-- @column content: gene, or what the plate map says
-- @column fields: fields read
-- @column crops: crops written
-- @column state: crops, fields without crops, no field read, or no such well
WITH known AS (
    SELECT screen, plate, well, plate_row, plate_column, coalesce(gene, condition, content, single) AS content
    FROM wells LEFT JOIN well_labels USING (screen, plate, well)
),
read AS (
    SELECT screen, plate, well, count(*) AS fields, sum(n_crops)::BIGINT AS crops
    FROM fields WHERE plate IS NOT NULL AND well IS NOT NULL
    GROUP BY ALL
),
places AS (
    SELECT
        screen, plate, well, k.content, coalesce(r.fields, 0) AS fields, coalesce(r.crops, 0) AS crops,
        coalesce(k.plate_row, ascii(well) - 65) AS r, coalesce(k.plate_column, regexp_extract(well, '[0-9]+$')::INTEGER - 1) AS c
    FROM known AS k FULL JOIN read AS r USING (screen, plate, well)
),
-- A plate has 96, 384 or 1,536 wells: the smallest that holds all of its known ones.
sizes AS (
    SELECT screen, plate, CASE WHEN max(r) < 8 AND max(c) < 12 THEN 8 WHEN max(r) < 16 AND max(c) < 24 THEN 16 ELSE 32 END AS n_rows
    FROM places GROUP BY screen, plate
),
grid AS (
    SELECT screen, plate, r.r, c.c, CASE WHEN r.r >= 26 THEN 'A' ELSE '' END || chr((65 + r.r % 26)::INTEGER) AS letter
    FROM sizes CROSS JOIN range(32) AS r(r) CROSS JOIN range(48) AS c(c)
    WHERE r.r < n_rows AND c.c < n_rows * 3 // 2
)
SELECT
    screen, plate,
    coalesce(well, letter || lpad((c + 1)::VARCHAR, 2, '0')) AS well, letter AS plate_row, (c + 1)::INTEGER AS plate_column,
    content, coalesce(fields, 0)::BIGINT AS fields, coalesce(crops, 0)::BIGINT AS crops,
    CASE WHEN crops > 0 THEN 'crops' WHEN fields > 0 THEN 'fields without crops' WHEN well IS NOT NULL THEN 'no field read' ELSE 'no such well' END AS state
FROM grid LEFT JOIN places USING (screen, plate, r, c)
QUALIFY dense_rank() OVER (ORDER BY screen, len(plate), plate) <= 16
ORDER BY screen, len(plate), plate, r, c
