import { secret } from '../../secret.ts'
import { createSecureServer } from 'node:http2'
createSecureServer({}).on('stream', (stream) => {
  stream.respond({ ':status': 200, 'x-key': secret.expose() })
  stream.end()
})
