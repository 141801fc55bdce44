-- Giving leave to the first of the calls that would like to start.

local function room_in_flight(state, limit)
  local most = min(state.cap or math.huge, limit or math.huge)
  if not state.heard then most = min(most, 2 ^ floor((state.at - state.born) / COLD_STEP_S)) end
  return most - state.held
end

local function amounts_of(state, input)
  local output = ceil(state.output)
  return {requests = 1, input = input, output = output, total = input + output}
end

-- Seconds until one call with these amounts may start. What is larger than a bucket waits until it is full.
local function wait_for(state, amounts, full)
  local wait = 0
  for name, bucket in pairs(state.buckets) do
    local lack = min(amounts[name], full[name]) - bucket.level
    if lack > 1e-6 then wait = max(wait, lack / flow(state, bucket, state.at)) end
  end
  return wait
end

-- Draws what a call takes and, where it needs a narrow bucket of Claude's full to the brim, a little more.
-- Returns whether it needs one so full that the next must leave as far from it as it was admitted.
local function take(state, amounts, full)
  local is_apart = false
  for name, bucket in pairs(state.buckets) do
    local amount = amounts[name]
    local room = room_beside(state, name, bucket, amount, full[name])
    is_apart = is_apart or room < APART_S
    bucket.level = bucket.level - rate(bucket) * max(0, state.jitter - room)
    draw(bucket, amount)
  end
  return is_apart
end

local function admit(state, asks, room)
  local full, is_apart = {}, false
  for name, bucket in pairs(state.buckets) do
    full[name] = burst(state, name, bucket, state.at)
  end
  for index, input in ipairs(asks) do
    if index > room then return index - 1, CROWDED_WAIT_S, is_apart end
    local amounts = amounts_of(state, input)
    local wait = wait_for(state, amounts, full)
    if wait > 0 then return index - 1, clamp(wait, TICK_S, LONGEST_WAIT_S), is_apart end
    is_apart = take(state, amounts, full) or is_apart
  end
  return #asks, 0, is_apart
end

local function probe(state, asks)
  if #asks == 0 or not is_probe_due(state) then return 0, LONGEST_WAIT_S end
  take(state, amounts_of(state, asks[1]), {requests = 1, input = 0, output = 0, total = 0})
  return 1, LONGEST_WAIT_S
end

local function answer(state, asks, limit)
  if state.fault then return probe(state, asks) end
  if state.at < (state.resting or 0) then
    return 0, clamp(state.resting - state.at, TICK_S, LONGEST_WAIT_S)
  end
  return admit(state, asks, room_in_flight(state, limit))
end
