import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { findForTest, openFerretDb } from './index.ts'

const { found, path } = await findForTest('ferretdb')

/** `{ hello: 1, $db: 'admin' }` as a message of MongoDB. */
const HELLO = Buffer.from(
  '340000000100000000000000dd0700000000000000' +
    '1f0000001068656c6c6f000100000002246462000600000061646d696e0000',
  'hex',
)

const hello = async (port: number) => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(HELLO)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString('latin1')
  } finally {
    socket.destroy()
  }
}

it.runIf(found)('starts a FerretDB that answers as MongoDB does, and ends it', async () => {
  const server = await openFerretDb(path)
  onTestFinished(() => server.close())
  expect(await hello(server.port)).toContain('isWritablePrimary')
  await server.close()
  await expect(hello(server.port)).rejects.toThrow('ECONNREFUSED')
})
