#!lua flags=allow-oom
-- Corrects a count. KEYS: the count. ARGV: by how much. Returns what it is then.
return redis.call('INCRBY', KEYS[1], ARGV[1])
