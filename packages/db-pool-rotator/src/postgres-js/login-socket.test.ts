import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { newPassword } from '../../test/roles/roles.support.ts'
import { openSocket } from './login-socket.ts'

const REQUEST_BYTES = 8

/** A server that answers the request for TLS, and what it is sent after that. */
async function answering(answer: string) {
  const sent: Buffer[] = []
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      sent.push(chunk)
      if (chunk.length === REQUEST_BYTES) socket.write(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as { port: number }
  const login = { user: 'app_g1', password: newPassword().expose(), database: 'app' }
  return { login: { ...login, host: '127.0.0.1', port }, sent }
}

it.each([
  ['has no TLS', 'N'],
  ['is not alone: somebody on the network has added bytes before TLS begins', 'SE'],
])('nothing is sent to a server that %s', async (_, answer) => {
  const { login, sent } = await answering(answer)
  await expect(openSocket(login, { ssl: true, limitMs: 5_000 })).rejects.toThrow('SSL')
  expect(Buffer.concat(sent)).toHaveLength(REQUEST_BYTES)
})
