-- How well the nearest neighbours of an image call its class, leaving the image itself out.
-- @key source, model, layer, pooling, setting, method, k, left_out
-- @column network: network and pooling
-- @column layer: layer of the network
-- @column setting: what was done to the background
-- @column method: pci (Lu et al. 2019) or dino (Isselmann et al. 2025)
-- @column k: neighbours asked
-- @column left_out: images that share this with the one asked about are no neighbours
-- @column balanced_accuracy [0-1]: mean over classes of the share of their images that were called rightly
-- @column macro_f1 [0-1]: mean over classes of 2 right / (images + called)
-- @column accuracy [0-1]: share of all images that were called rightly
-- @column guessing [0-1]: balanced accuracy of guessing: 1 / number of classes
-- @column n_classes: classes averaged
-- @column n_images [images]: images
-- @column n_smallest [images]: images of the smallest class
-- @column n_not_called [images]: images that no class was given to
-- @column place: place of the layer among the network's, from 1
-- @column asked: setting, and what an image and its neighbours may not share
-- @column model: network with its weights
-- @column pooling: how a map became a vector
-- @column source: the run
SELECT
    model || if(pooling = 'none', '', ' ' || pooling) AS network, layer, n.setting, method, k, left_out, balanced_accuracy, macro_f1, accuracy,
    1 / n_classes AS guessing, n_classes, n_images, n_smallest, n_not_called,
    dense_rank() OVER (
        PARTITION BY source, model, pooling
        ORDER BY layer IN ('final', 'softmax'), regexp_matches(layer, '^(flatten|d[0-9]|fc|dense|head)'),
            regexp_extract_all(layer, '[0-9]+')::INTEGER[], layer
    ) AS place,
    n.setting || if(left_out = 'nothing', '', ', none of the same ' || left_out) AS asked, model, pooling, source
FROM neighbours_by_layer AS n LEFT JOIN settings AS s ON s.setting = split_part(n.setting, '+', 1)
ORDER BY network, source, place, s.rank, n.setting, method DESC, k, left_out
