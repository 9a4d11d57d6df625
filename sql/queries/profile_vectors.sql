-- The vectors of one side in one setting, as they come; names are variables, so that the answer is a stream.
SELECT d.position, d.orf, d.localization, d.first_of_protein, e.embedding
FROM drawn AS d
JOIN embeddings AS e ON e.image_id = d.image_id
WHERE d.class = getvariable('side')
    AND e.model = getvariable('model') AND e.layer = getvariable('layer') AND e.pooling = getvariable('pooling')
    AND e.setting = getvariable('setting')
