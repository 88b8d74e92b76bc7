import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that was free a moment ago. Another process may take it before the caller does, so callers try again. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}
