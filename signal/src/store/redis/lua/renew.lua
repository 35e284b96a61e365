#!lua flags=allow-oom
-- Tells the holder of an epoch whether it is still the last one, and the last sequence; a lease that is half over is
-- made whole again, which is the only write.
-- KEYS: mailbox. ARGV: epoch, lease in seconds, minutes since 1970
local row = redis.call('HMGET', KEYS[1], 'e', 'q', 'u')
if not row[1] then return {'0', '0'} end
if row[1] == ARGV[1] then
  local now, lease = tonumber(redis.call('TIME')[1]), tonumber(ARGV[2])
  if tonumber(row[3] or 0) - now < lease / 2 then
    redis.call('HSET', KEYS[1], 'u', now + lease, 'r', ARGV[3])
  end
end
return {row[1], row[2]}
