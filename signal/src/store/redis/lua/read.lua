#!lua flags=no-writes
-- Reads envelopes in order, as much as fits, for the holder of an epoch. In small steps: what does not fit is not
-- copied, but for a few.
-- KEYS: mailbox, envelopes. ARGV: epoch, first sequence, most envelopes, most bytes
local epoch = redis.call('HGET', KEYS[1], 'e') or '0'
if epoch ~= ARGV[1] then return {epoch} end
local left, room, from = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[2]
local found = {epoch, 0}
while true do
  local some = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', 4)
  for _, entry in ipairs(some) do
    local envelope = entry[2][2]
    room = room - #envelope
    left = left - 1
    if room < 0 or left < 0 then
      found[2] = 1
      return found
    end
    found[#found + 1] = entry[1]
    found[#found + 1] = envelope
  end
  if #some < 4 then return found end
  from = '(' .. some[4][1]
end
