-- Every file that was read, with its hash; names only, no folders.
-- @key run_id, path
-- @column run_id: the run that read it
-- @column path: the file
-- @column bytes [bytes]: its size
-- @column sha256: its hash
SELECT run_id, i.path, i.bytes, i.sha256
FROM (SELECT run_id, started_at, unnest(inputs) AS i FROM runs)
ORDER BY started_at, run_id, i.path
