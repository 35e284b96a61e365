#!lua flags=allow-oom
-- Removes everything up to a sequence for the holder of an epoch.
-- KEYS: mailbox, envelopes. ARGV: epoch, last sequence, the one after it
local epoch = redis.call('HGET', KEYS[1], 'e') or '0'
if epoch ~= ARGV[1] then return epoch end
local last = redis.call('XREVRANGE', KEYS[2], ARGV[2], '-', 'COUNT', 1)[1]
if not last then return epoch end
redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[3])
if redis.call('XLEN', KEYS[2]) == 0 then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[1], 'x', string.match(last[1], '-(%d+)$'))
return epoch
