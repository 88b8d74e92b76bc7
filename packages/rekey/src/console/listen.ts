import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import { createLimitedServer } from '@rekey/config-loader/internal/host'
import { isLoopbackName, type Secret, SecretError } from '@rekey/secret'

/** The certificate of a console that serves https itself. */
export interface ConsoleTls {
  /** PEM of the certificate and those between it and its root. */
  readonly certificate: string
  /** PEM of its key. */
  readonly key: Secret
}

/** Where a console listens. */
export interface ListenPlace {
  readonly host: string
  readonly port: number
  readonly tls: ConsoleTls | undefined
  readonly hasLogin: boolean
}

/** A server that listens. */
export interface Listening {
  /** Its origin with a slash: `http://127.0.0.1:8137/`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Listens on loopback, and beyond it only with a login and a certificate.
 *
 * @throws {SecretError} `refused` for a place beyond loopback that lacks one of them, and for a port that cannot be had; `malformed` for a certificate that cannot be used
 */
export async function listen(listener: RequestListener, place: ListenPlace): Promise<Listening> {
  const { host, port, tls, hasLogin } = place
  const shown = isIPv6(host) ? `[${host}]` : host
  if (!isLoopbackName(shown) && !(hasLogin && tls !== undefined)) {
    const message = `the console may not listen on ${host} without ${hasLogin ? 'a certificate' : 'a login'}: put tls into the file of --login, or listen on loopback behind a proxy`
    throw new SecretError('refused', message, { host })
  }
  const server = tls === undefined ? createLimitedServer(listener) : createTls(tls, listener)
  await start(server, host, port)
  const scheme = tls === undefined ? 'http' : 'https'
  return {
    url: `${scheme}://${shown}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function createTls({ certificate, key }: ConsoleTls, listener: RequestListener): Server {
  try {
    const options = { cert: certificate, key: key.expose(), minVersion: 'TLSv1.2' } as const
    return createLimitedServer(listener, options)
  } catch {
    const message =
      'the certificate and the key of the console do not belong together, or are no PEM'
    throw new SecretError('malformed', message)
  }
}

async function start(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new SecretError('refused', `${host} is no address of this machine`, { host })
    }
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const state = code === 'EADDRINUSE' ? 'is in use' : 'may not be opened by this user'
    throw new SecretError('refused', `port ${port} ${state}: choose another`, { port })
  }
}
