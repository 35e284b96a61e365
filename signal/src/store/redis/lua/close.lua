#!lua flags=allow-oom
-- Lets go of a mailbox, if nobody has opened it since. The epoch stays.
-- KEYS: mailbox. ARGV: epoch
if redis.call('HGET', KEYS[1], 'e') == ARGV[1] then redis.call('HDEL', KEYS[1], 'n', 'u') end
return 1
