-- Logs in user1, user2 and so on, of as many as the environment says.
local bodies = {}
local turn = 0

init = function()
  for n = 1, tonumber(os.getenv('USERS')) do
    bodies[n] = string.format('{"username":"user%d","password":"%s"}', n, os.getenv('PASSWORD'))
  end
end

request = function()
  turn = turn % #bodies + 1
  return wrk.format('POST', nil, { ['Content-Type'] = 'application/json' }, bodies[turn])
end
