import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** An address that stays while the server behind it changes. */
export interface SteadyAddress extends AsyncDisposable {
  readonly port: number
  /** Ends all connections. */
  cutAll(): void
}

/** Opens an address on this machine. A connection goes to the port that `target` returns as it comes. */
export async function openSteadyAddress(target: () => number): Promise<SteadyAddress> {
  const sockets = new Set<Socket>()
  const server = createServer((inner) => {
    const outer = connect(target(), '127.0.0.1')
    const pair = [inner, outer]
    for (const socket of pair) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        for (const one of pair) one.destroy()
      })
    }
    inner.pipe(outer)
    outer.pipe(inner)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    cutAll,
    async [Symbol.asyncDispose]() {
      cutAll()
      server.close()
      await once(server, 'close')
    },
  }
}
