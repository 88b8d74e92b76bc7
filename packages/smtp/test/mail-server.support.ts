import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issue, keyPem } from '@rekey/testbed/certificates'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** Certificates that sign themselves, by their names. */
const issued = new Map<string, ReturnType<typeof issue>>()

/** Makes a certificate for a host, once for each name. */
function certificateFor(host: string) {
  const known = issued.get(host) ?? issue({ commonName: host, dnsNames: [host] })
  issued.set(host, known)
  return { key: keyPem(known.key), cert: known.pem }
}

/** A real mail server that lets `portal` log in with the values of `accepted`. */
export async function openMailServer(
  options: SMTPServerOptions & { readonly name?: string } = {},
  accepted = new Set<string>(),
) {
  const { name = 'localhost', ...rest } = options
  const pair = certificateFor(name)
  const directory = await mkdtemp(join(tmpdir(), 'rekey-smtp-'))
  const trust = { file: join(directory, 'ca.crt') }
  await writeFile(trust.file, pair.cert)
  const logins: { readonly method: string; readonly secure: boolean }[] = []
  const server = new SMTPServer({
    ...pair,
    logger: false,
    onAuth({ method, username, password: text }, { secure }, answer) {
      logins.push({ method, secure })
      if (username === 'portal' && accepted.has(text ?? '')) answer(null, { user: username })
      // eslint-disable-next-line @rekey/no-secret-name-in-output -- a server that repeats what it was given
      else answer(new Error(`no login with ${text ?? ''}`))
    },
    ...rest,
  })
  // A client that trusts no certificate of it is no failure of the server.
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  onTestFinished(async () => {
    await new Promise<void>((resolve) => {
      server.close(resolve)
    })
    await rm(directory, { recursive: true })
  })
  const { port } = server.server.address() as AddressInfo
  return { port, trust, accepted, logins, pem: pair.cert }
}

/** A server that follows a script, on loopback without TLS: each line that it receives gets the next answer. */
export async function openScript(serve: (socket: Socket, received: string[]) => void) {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serve(socket, received)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, received, sockets }
}

/** One answer of a script; a function does something else than to write a text. */
export type ScriptAnswer = string | ((socket: Socket) => void)

/** Answers line by line. */
export function script(...answers: readonly ScriptAnswer[]) {
  return (socket: Socket, received: string[]) => {
    const rest = [...answers]
    const answer = () => {
      const next = rest.shift()
      if (typeof next === 'function') next(socket)
      else if (next !== undefined) socket.write(next)
    }
    socket.on('data', (chunk) => {
      received.push(chunk.toString())
      answer()
    })
    answer()
  }
}
