import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy before a server, in which a test can cut or freeze connections. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Called with every chunk that the server sends; false swallows it. */
  onAnswer: (chunk: Buffer, cut: () => void) => boolean
  /** Ends all connections without a word. */
  cutAll(): void
  /** From now on nothing passes, and nobody is told. */
  freezeAll(): void
}

/** Opens a {@link Proxy} to a port of this machine: the one that `target` returns when a connection comes. */
export async function openProxy(target: number | (() => number)): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const server = createServer((inner) => {
    const outer = connect(typeof target === 'number' ? target : target(), '127.0.0.1')
    const cut = () => {
      inner.destroy()
      outer.destroy()
    }
    for (const socket of [inner, outer]) track(socket, sockets, cut)
    inner.on('data', (chunk: Buffer) => outer.write(chunk))
    outer.on('data', (chunk: Buffer) => {
      if (proxy.onAnswer(chunk, cut)) inner.write(chunk)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const proxy: Proxy = {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    onAnswer: () => true,
    cutAll() {
      for (const socket of sockets) socket.destroy()
    },
    freezeAll() {
      for (const socket of sockets) socket.pause()
    },
    async [Symbol.asyncDispose]() {
      proxy.cutAll()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

/** Remembers a socket while it is open; what ends one of a pair ends the other. */
function track(socket: Socket, sockets: Set<Socket>, cut: () => void): void {
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('error', cut)
  socket.on('close', () => {
    sockets.delete(socket)
    cut()
  })
}
