#!lua flags=no-writes
-- The node that reads a mailbox, while its lease lasts; otherwise an empty string.
-- KEYS: mailbox
local row = redis.call('HMGET', KEYS[1], 'n', 'u')
if row[1] and tonumber(row[2]) > tonumber(redis.call('TIME')[1]) then return row[1] end
return ''
