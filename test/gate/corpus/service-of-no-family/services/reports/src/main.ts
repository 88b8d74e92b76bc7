import { createServer } from 'node:http'
import process from 'node:process'
import { loadService } from '@rekey/config-loader'
import { definition } from './secrets.ts'

const service = await loadService(definition, { env: process.env })
const server = createServer((_request, response) => {
  response.end('ready\n')
})
server.listen(service.settings.PORT, '127.0.0.1')
