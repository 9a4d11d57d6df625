-- What changes of the background cost by the printed Table 1: differences of its figures, which follow another rule for
-- baseline and masked than the text.
-- @key model, setting_from, setting_to
-- @column model: network as in the paper
-- @column setting_from: baseline, or same_class_swap where setting_to is diff_class_swap
-- @column setting_to: the setting that is compared with it
-- @column drop [0-1]: accuracy printed for setting_from less that for setting_to
SELECT model, a.setting AS setting_from, b.setting AS setting_to, round(a.accuracy - b.accuracy, 6) AS drop
FROM published_accuracy AS a JOIN published_accuracy AS b USING (model)
WHERE (a.setting = 'baseline' AND b.setting <> 'baseline') OR (a.setting = 'same_class_swap' AND b.setting = 'diff_class_swap')
