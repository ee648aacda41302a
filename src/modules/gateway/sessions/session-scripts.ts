import { RedisScript } from '../../cache/index.js';

/*
 * A session is a hash: `stamp` ({version}:{replica that wrote it}), `data` (JSON), `used` (ms), and
 * `busy:{replica}` (until when it has calls or streams open there). One that ended leaves a hash with only
 * `gone`, so that a replica which did not hear of it does not bring it back. KEYS: the session, its
 * owner's sessions by last use, all sessions by last use.
 */

/**
 * Writes a session unless Redis has the same version or a newer one.
 * ARGV: id, member in the sweep's set, version, stamp, data, used, TTL, sessions of the owner at most
 * ('' where it is no new one), channel, announcement.
 */
export const SAVE_SESSION = new RedisScript(`
if redis.call('HEXISTS', KEYS[1], 'gone') == 1 then return {'gone'} end
local stored = redis.call('HGET', KEYS[1], 'stamp')
if stored then
  if stored == ARGV[4] then return {'saved'} end
  if tonumber(string.match(stored, '^%d+')) >= tonumber(ARGV[3]) then
    return {'conflict', stored, redis.call('HGET', KEYS[1], 'data'), redis.call('HGET', KEYS[1], 'used')}
  end
elseif ARGV[8] ~= '' and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[8]) then
  return {'full', unpack(redis.call('ZRANGE', KEYS[2], 0, 999, 'WITHSCORES'))}
end
local used = math.max(tonumber(ARGV[6]), tonumber(redis.call('HGET', KEYS[1], 'used') or 0))
local text = string.format('%.0f', used)
redis.call('HSET', KEYS[1], 'stamp', ARGV[4], 'data', ARGV[5], 'used', text)
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('ZADD', KEYS[2], text, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
redis.call('ZADD', KEYS[3], text, ARGV[2])
if stored then redis.call('PUBLISH', ARGV[9], ARGV[10]) end
return {'saved'}
`);

/**
 * Ends a session: of several replicas that try, one gets what it was.
 * ARGV: id, member in the sweep's set, the last use at most ('': whatever it was), now, how long it stays
 * `gone`, channel, announcement.
 */
export const REMOVE_SESSION = new RedisScript(`
if redis.call('HEXISTS', KEYS[1], 'gone') == 1 then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[2])
  return {'gone'}
end
local fields = redis.call('HGETALL', KEYS[1])
local session = {}
local busy = false
for i = 1, #fields, 2 do
  session[fields[i]] = fields[i + 1]
  if string.sub(fields[i], 1, 5) == 'busy:' and tonumber(fields[i + 1]) > tonumber(ARGV[4]) then busy = true end
end
if session.stamp and ARGV[3] ~= '' and (busy or tonumber(session.used) > tonumber(ARGV[3])) then
  redis.call('ZADD', KEYS[3], 'XX', busy and ARGV[4] or session.used, ARGV[2])
  return {'used'}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'gone', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('PUBLISH', ARGV[6], ARGV[7])
if not session.stamp then return {'absent'} end
return {'removed', session.stamp, session.data, session.used}
`);

/**
 * Notes that a session was used, and whether this replica is busy with it.
 * ARGV: id, member in the sweep's set, used, TTL, replica, busy until ('': it is not).
 */
export const RENEW_SESSION = new RedisScript(`
local stored = redis.call('HGET', KEYS[1], 'used')
if not stored then return 0 end
local text = string.format('%.0f', math.max(tonumber(ARGV[3]), tonumber(stored)))
redis.call('HSET', KEYS[1], 'used', text)
if ARGV[6] == '' then redis.call('HDEL', KEYS[1], 'busy:' .. ARGV[5])
else redis.call('HSET', KEYS[1], 'busy:' .. ARGV[5], ARGV[6]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], text, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], text, ARGV[2])
return 1
`);
