-- Every training in one line: the epoch whose weights were kept, and how they do on images never seen.
-- @key training_id
-- @column network: architecture
-- @column robust: ways to look away from the background
-- @column epochs [epochs]: epochs trained
-- @column kept [epochs]: the epoch whose weights were kept; NULL while it is under way
-- @column test_loss: loss on the test side
-- @column test_accuracy [0-1]: share of it that was recognized
-- @column n_test [images]: images of the test side
-- @column n_train [images]: images of an epoch
-- @column n_labels: labels to tell apart
-- @column images_per_second [1/s]: mean speed of the loop
-- @column split_by: what the sides do not share
-- @column screen: data set
-- @column seed: seed
-- @column training_id: the training
SELECT
    any_value(network) AS network, any_value(robust) AS robust, max(epoch) AS epochs,
    max(epoch) FILTER (side = 'test') AS kept, max(loss) FILTER (side = 'test') AS test_loss,
    max(accuracy) FILTER (side = 'test') AS test_accuracy, max(n_images) FILTER (side = 'test') AS n_test,
    max(n_images) FILTER (side = 'train') AS n_train, any_value(n_labels) AS n_labels, avg(images_per_second) AS images_per_second,
    any_value(split_by) AS split_by, any_value(screen) AS screen, any_value(seed) AS seed, training_id
FROM training_metrics
GROUP BY training_id
ORDER BY network, robust, training_id
