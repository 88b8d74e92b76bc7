import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import type { Issued } from './certificates.ts'

/** TLS in front of a server that has none. */
export interface TlsFront extends AsyncDisposable {
  readonly port: number
}

/** Opens a loopback port whose connections reach another one without their TLS. */
export async function openTlsFront(
  port: number,
  { key, pem }: Pick<Issued, 'key' | 'pem'>,
): Promise<TlsFront> {
  const open = new Set<{ destroy(): unknown }>()
  const options = { key: key.export({ format: 'pem', type: 'pkcs8' }), cert: pem }
  const front = createServer(options, (client) => {
    const server = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from)
      from.pipe(to)
      // Of either end the other one learns by its own.
      from.on('error', () => to.destroy()).on('close', () => to.destroy())
    }
  })
  front.on('tlsClientError', () => undefined)
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  return {
    port: (front.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      front.close()
      await once(front, 'close')
    },
  }
}
