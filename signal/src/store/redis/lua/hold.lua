#!lua flags=allow-oom
-- Takes hold of what nobody holds, also where memory is full. Returns whether it did.
-- KEYS: what is held. ARGV: the holder's mark, seconds after which it is free again
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) and 1 or 0
