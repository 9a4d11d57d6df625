-- Networks and the weights they were run with.
-- @key model
-- @column model: network with its weights
-- @column network: architecture
-- @column weights_note: what the weights are
-- @column n_parameters: numbers in the weights
-- @column weights_file: file
-- @column weights_sha256: its hash
-- @column images: images with an embedding
SELECT m.model, m.network, m.weights_note, m.n_parameters, m.weights_file, m.weights_sha256, coalesce(e.images, 0) AS images
FROM models AS m
LEFT JOIN (SELECT model, count(DISTINCT (setting, image_id)) AS images FROM embeddings GROUP BY model) AS e USING (model)
ORDER BY m.model
