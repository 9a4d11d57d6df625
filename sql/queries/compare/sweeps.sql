SELECT run_id, count(*) FILTER (class_by <> 'condition') AS n FROM pair_accuracy GROUP BY run_id ORDER BY run_id
