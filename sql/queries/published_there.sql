SELECT
    EXISTS (FROM published_pair_accuracy) OR EXISTS (FROM published_accuracy) OR EXISTS (FROM published_layer_accuracy)
    OR EXISTS (FROM published_heldout_accuracy) OR EXISTS (FROM published_classifier_metrics) OR EXISTS (FROM published_kl)
