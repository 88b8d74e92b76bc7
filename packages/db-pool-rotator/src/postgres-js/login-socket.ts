import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { within } from '@rekey/secret'
import { tlsOptionsFor } from '../connection/tls-options.ts'
import { describeDatabaseError, isLoginError } from '../spec/database-error.ts'
import type { DatabaseCredentials } from '../spec/database-url.ts'

/** The request for TLS (PostgreSQL documentation, 54.7), and the answer that it begins. */
const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f])
const TLS_BEGINS = Buffer.from('S')

/** AuthenticationOk, with which a login is over (54.7). */
const LOGGED_IN = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
const ERROR = 0x45

/** The answer of a server to a login, as far as it has come. */
export type LoginAnswer = 'accepted' | 'refused' | undefined

/**
 * Connects to the server of a login, with the TLS that the login asks for.
 *
 * @param ssl used where the login has no `sslmode`
 * @throws the fault of the files of the login, or of the network
 */
export async function openSocket(
  login: DatabaseCredentials,
  { ssl, limitMs }: { readonly ssl: boolean | object | undefined; readonly limitMs: number },
): Promise<Socket> {
  const { host, port } = login
  const tls = tlsOptionsFor(login, ssl)
  const socket = connect({ host, port })
  if (tls === false) return socket
  try {
    return await within({ what: `TLS with ${host}`, limitMs }, async (signal) => {
      await once(socket, 'connect', { signal })
      socket.write(TLS_REQUEST)
      const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
      // The server sends nothing after its answer until TLS begins: an attacker on the network has added these bytes (CVE-2021-23222).
      if (!answer.equals(TLS_BEGINS)) throw new Error('The server does not support SSL connections')
      return connectTls({ ...tls, socket, host, ...(isIP(host) === 0 && { servername: host }) })
    })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/**
 * A stream that fails when it is written to. postgres.js loses a connection for good where it gets no stream for it, or one that fails before it
 * has written.
 */
export function failingStream(error: unknown): Duplex {
  return new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      done(describeDatabaseError(error))
    },
  })
}

/** Reads what the server sends during a login. */
export function readLoginAnswer(chunk: Buffer): LoginAnswer {
  if (chunk.includes(LOGGED_IN)) return 'accepted'
  if (chunk[0] !== ERROR) return undefined
  const fields = new Map(
    Array.from(chunk.toString('utf8', 5).split('\0'), (field) => [field[0], field.slice(1)]),
  )
  const error = Object.assign(new Error(fields.get('M')), { code: fields.get('C') })
  return isLoginError(error) ? 'refused' : undefined
}
