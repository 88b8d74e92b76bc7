import { expect, it, onTestFinished } from 'vitest'
import { FRAMEWORKS } from '../../test/frameworks.support.ts'
import type { AuthEvent, ConnectedApiKeyAuthOptions } from './express.ts'
import { createKeyring } from '../index.ts'
import { newKey, receiverWith } from '../../test/live-keys.support.ts'

/** Hono does not reach the connection on every runtime, so it has no such option. */
const CONNECTED = Object.entries(FRAMEWORKS).filter(([name]) => name !== 'hono')

it.each(CONNECTED)(
  '%s takes a key over a connection of its caller alone, for the proof as for any call',
  async (_name, start) => {
    const key = newKey()
    const events: AuthEvent[] = []
    let peer: string | undefined
    const options: ConnectedApiKeyAuthOptions = {
      keyring: createKeyring({ frontend: receiverWith({ current: key }) }),
      peerOf: () => peer,
      onEvent: (event) => void events.push(event),
    }
    const server = await start(options, () => 'reached')
    onTestFinished(() => void server.close())
    const statusOf = async (path: string, sent = key) => {
      const headers = { authorization: `Bearer ${sent}`, connection: 'close' }
      return (await fetch(new URL(path, server.url), { headers })).status
    }
    for (peer of ['signing', undefined]) {
      expect(await statusOf('/')).toBe(403)
      expect(await statusOf('/api-key/proof')).toBe(403)
      expect(await statusOf('/', newKey())).toBe(401)
    }
    const source = expect.stringContaining('127.0.0.1') as string
    expect(events[0]).toMatchObject({ reason: 'other-peer', caller: 'frontend', source })
    peer = 'frontend'
    expect(await statusOf('/')).toBe(200)
    expect(await statusOf('/api-key/proof')).toBe(204)
  },
)
