import { createSecureServer } from 'node:http2'
import { options } from './tls.ts'

const server = createSecureServer(options)
server.on('stream', (stream) => void stream.end('ok'))
server.listen(8443)
