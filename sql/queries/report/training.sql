-- How each training went, epoch by epoch: what it learns from and what is held out.
-- @key training_id, epoch, side
-- @column training: network, ways to be robust, and the first letters of its hash
-- @column epoch [epochs]: epoch, from 1
-- @column side: train, val or test
-- @column loss: mean of the recipe's loss
-- @column accuracy [0-1]: share recognized; NULL for a recipe that recognizes nothing
-- @column n_images [images]: images
-- @column n_labels: labels to tell apart
-- @column learning_rate: at the start of the epoch
-- @column images_per_second [1/s]: speed of the loop
-- @column split_by: what the sides do not share
-- @column training_id: the training
SELECT
    network || ', ' || if(robust = 'none', 'ordinary', 'robust: ' || robust) || ' (' || right(training_id, 4) || ')' AS training,
    epoch, side, loss, accuracy, n_images, n_labels, learning_rate, images_per_second, split_by, training_id
FROM training_metrics
ORDER BY training, epoch, side
