-- How many sets of a plan, in some settings, have fewer images than it wanted, both sides of a split together; of how many; the smallest.
WITH sets AS (
    SELECT setting, class, background_class, sum(n)::BIGINT AS n, any_value(wanted) AS wanted
    FROM plan_sets WHERE plan_id = $plan_id AND list_contains($settings, setting)
    GROUP BY ALL
)
SELECT count(*) FILTER (n < wanted) AS n_short, count(*) AS n_sets, min(n) FILTER (n < wanted) AS fewest, any_value(wanted) AS wanted
FROM sets
