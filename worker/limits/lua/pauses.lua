-- Why a lane admits nothing: it rests for a time that Claude named, or its account has a fault.

local function rest(state, seconds, reason)
  state.resting = max(state.resting or 0, state.at + min(seconds, LONGEST_REST_S))
  state.reason = reason
  for _, bucket in pairs(state.buckets) do
    bucket.level = min(bucket.level, 0)
  end
end

-- Afterwards it goes on slower, the more so the longer the rest; once for all calls that were under way together.
local function slow_start(state, refused)
  if refused.at < (state.slowed or 0) then return end
  state.ease = max(LEAST_EASE, state.ease * 2 / (2 + refused.wait_s))
  state.jitter = min(MOST_JITTER_S, state.jitter * 2)
  state.slowed = state.at
end

local function pause(state, fault)
  if fault.at < (state.resumed or 0) then return end -- it was under way when someone mended the account
  if state.fault then
    state.fault.reason = fault.reason
  else
    state.fault = {reason = fault.reason, since = state.at, probe_at = state.at + PROBE_S, probe_s = PROBE_S}
  end
end

local function resume(state)
  state.fault, state.resting, state.reason = nil, nil, nil
  state.resumed = state.at
end

-- A call may start now and then, to see whether the account is mended.
local function is_probe_due(state)
  local fault = state.fault
  if state.at < fault.probe_at then return false end
  fault.probe_s = min(LONGEST_PROBE_S, fault.probe_s * 2)
  fault.probe_at = state.at + fault.probe_s
  return true
end
