const Hapi = require('@hapi/hapi')
const server = Hapi.server()
server.auth.strategy('session', 'cookie', { cookie: { name: 'sid', password: 'abcdef' } })
