import { createServer } from 'node:http'

const server = createServer((_request, response) => {
  response.end('ready\n')
})
server.listen(8443, '127.0.0.1')
