-- The exchange itself.

local STATE, HELD, LEASES, RESUME = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local function read_clock(message)
  local now = message.now
  if not now then
    local time = redis.call('TIME')
    now = time[1] + time[2] / 1000000
  end
  return floor(now * 10000 + 0.5) / 10000 -- as finely as JSON keeps it
end

local function new_state(start, now)
  redis.call('DEL', HELD, LEASES)
  local state = {
    at = now, born = now, ease = 1, jitter = JITTER_S, held = 0, output = OUTPUT_AT_FIRST, measured = 0,
    buckets = {},
  }
  for _, name in ipairs({'requests', 'input', 'output'}) do
    if start[name] then state.buckets[name] = new_bucket(name, start[name]) end
  end
  return state
end

-- A clock that was put back: what is known is kept, and what was due is due as soon as before.
local function put_back(state, by)
  local function shift(record, ...)
    for _, name in ipairs({...}) do
      if record and record[name] then record[name] = record[name] - by end
    end
  end
  shift(state, 'at', 'heard', 'resting', 'slowed', 'resumed', 'crowd', 'cut', 'raised')
  shift(state.fault, 'since', 'probe_at')
  shift(state.window, 'at')
  for _, bucket in pairs(state.buckets) do
    shift(bucket.seen, 'at')
  end
  state.held = 0
  redis.call('DEL', HELD, LEASES)
end

local function read_state(start, now)
  local text = redis.call('GET', STATE)
  local state = text and cjson.decode(text) or new_state(start, now)
  if now < state.at - 1 then put_back(state, state.at - now) end
  return state
end

-- Each process says how many calls it has in flight; what one that died had is struck off with its lease.
local function strike_off(state, holder)
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', state.at)) do
    if name ~= holder then
      state.held = state.held - (redis.call('HGET', HELD, name) or 0)
      redis.call('HDEL', HELD, name)
      redis.call('ZREM', LEASES, name)
    end
  end
end

local function hold(state, holder, count)
  state.held = max(0, state.held + count - (redis.call('HGET', HELD, holder) or 0))
  if count == 0 then
    redis.call('HDEL', HELD, holder)
    redis.call('ZREM', LEASES, holder)
    return
  end
  redis.call('HSET', HELD, holder, count)
  redis.call('ZADD', LEASES, state.at + LEASE_S, holder)
  redis.call('PEXPIRE', HELD, DAY_MS)
  redis.call('PEXPIRE', LEASES, DAY_MS)
end

local function take_in(state, message)
  if message.tally then
    settle(state, message.tally)
    weigh(state, message.tally)
  end
  if message.observed then learn(state, message.observed) end
  if message.refused then
    if message.refused.is_crowd and message.refused.at >= (state.cut or 0) then crowd(state) end
    slow_start(state, message.refused)
    rest(state, message.refused.wait_s, 'rate_limited')
  end
  if message.fault then pause(state, message.fault) end
  if redis.call('DEL', RESUME) == 1 then resume(state) end
end

-- Moments by a clock that was put back meanwhile are no later than now.
local function bound(message, now)
  for _, record in ipairs({message.observed or {}, message.refused or {}, message.fault or {}}) do
    if record.at then record.at = min(record.at, now) end
  end
end

local function main(message)
  local now = read_clock(message)
  local state = read_state(message.start, now)
  now = max(now, state.at)
  bound(message, now)
  refill(state, now)
  strike_off(state, message.holder)
  hold(state, message.holder, message.held)
  take_in(state, message)
  local drawn = {}
  for name, bucket in pairs(state.buckets) do
    drawn[name] = bucket.drawn
  end
  local count, wait, is_apart = answer(state, message.asks or {}, message.start.in_flight)
  if count > 0 then hold(state, message.holder, message.held + count) end
  redis.call('SET', STATE, cjson.encode(state), 'PX', DAY_MS)
  local is_resting = state.at < (state.resting or 0)
  return cjson.encode({
    count = count, wait = wait, now = now, born = state.born, output = ceil(state.output), drawn = drawn,
    is_apart = is_apart or false,
    ['until'] = state.fault and state.fault.probe_at or is_resting and state.resting or nil,
    reason = state.fault and state.fault.reason or is_resting and state.reason or nil,
  })
end

return main(cjson.decode(ARGV[1]))
