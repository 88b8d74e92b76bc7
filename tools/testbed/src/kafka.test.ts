import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { findForTest, openKafka } from './index.ts'

const { found, path } = await findForTest('kafka')

it.runIf(found)(
  'starts a Kafka, starts it again with its data, and ends it',
  async () => {
    const server = await openKafka({ program: path })
    onTestFinished(() => server.close())
    const answers = async () => {
      const [host = '', port = ''] = server.broker.split(':')
      const socket = connect(Number(port), host)
      try {
        await once(socket, 'connect')
        socket.write(API_VERSIONS)
        const [answer] = (await once(socket, 'data')) as [Buffer]
        return answer.readInt32BE(4)
      } finally {
        socket.destroy()
      }
    }
    expect(await answers()).toBe(7)
    await server.restart()
    expect(await answers()).toBe(7)
    await server.close()
    await expect(answers()).rejects.toThrow('ECONNREFUSED')
  },
  60_000,
)

/** Asks which versions of the protocol it has: length, key 18, version 0, correlation 7, no client id. */
const API_VERSIONS = Buffer.from('0000000a0012000000000007ffff', 'hex')
