import { secret } from '../../secret.ts'
import { createServer } from 'node:http'
createServer((request, response) => {
  response.write('key: ')
  response.end(secret.expose())
}).listen(0)
