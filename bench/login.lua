-- Logs in USERS users, starting with number FIRST.
local bodies = {}
local turn = 0

init = function()
  for n = 1, tonumber(os.getenv('USERS')) do
    local user = n + tonumber(os.getenv('FIRST') or '1') - 1
    bodies[n] = string.format('{"username":"user%d","password":"%s"}', user, os.getenv('PASSWORD'))
  end
end

request = function()
  turn = turn % #bodies + 1
  return wrk.format('POST', nil, { ['Content-Type'] = 'application/json' }, bodies[turn])
end
