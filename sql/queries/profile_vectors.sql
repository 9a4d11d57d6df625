-- The vectors of one side in one setting, of the present run of proteins, in order of name.
SELECT d.orf, d.localization, d.first_of_protein, e.embedding
FROM drawn AS d
JOIN embeddings AS e ON e.image_id = d.image_id
WHERE d.class = getvariable('side')
    AND e.model = getvariable('model') AND e.layer = getvariable('layer') AND e.pooling = getvariable('pooling')
    AND e.setting = getvariable('setting')
    AND e.orf BETWEEN getvariable('first_orf') AND getvariable('last_orf')
ORDER BY d.orf, d.image_id
