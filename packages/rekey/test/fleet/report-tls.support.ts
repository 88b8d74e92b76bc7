import { once } from 'node:events'
import { createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'
import { TLSSocket } from 'node:tls'
import { Secret } from '@rekey/secret'
import { issue, keyPem, type Wanted } from '@rekey/testbed/certificates'
import { onTestFinished } from 'vitest'
import { createFleet } from '../../src/engine/index.ts'
import { createReportFetch, type ReportTls } from '../../src/engine/internal.ts'

export const SECRET = 'API_KEY_FRONTEND_SIGNING'
export const root = issue({ commonName: 'Root', ca: true })
export const otherRoot = issue({ commonName: 'Other Root', ca: true })

/** A report on {@link SECRET}, as a replica of `signing` gives it. */
export const report = JSON.stringify({
  ...{ service: 'signing', replica: 'one' },
  secrets: [{ name: SECRET, versions: [], usage: { versions: [], holding: {} } }],
})

/** A replica is called by its address, and has a certificate for `signing`. */
export function serverOf(wanted: Wanted = {}) {
  const leaf = issue({ issuer: root, dnsNames: ['signing'], ...wanted })
  return { key: keyPem(leaf.key), cert: leaf.pem }
}

/** A client certificate of a service. */
export function identityOf(name: string, issuer = root): NonNullable<ReportTls['identity']> {
  const leaf = issue({ issuer, purpose: 'both', dnsNames: [name] })
  return { chain: leaf.pem, key: Secret.of(keyPem(leaf.key), 'key of a client') }
}

/** Listens, and ends with the test. @returns the port, and each connection that is accepted */
async function listen(server: Server): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, sockets }
}

const answerReport: RequestListener = (_request, response) => response.end(report)

/** Opens a replica over TLS. */
export const openTls = (options: ServerOptions, answer = answerReport) =>
  listen(createServer(options, answer))

/** The connection of a request over TLS. */
export function tlsOf(socket: Socket): TLSSocket {
  if (socket instanceof TLSSocket) return socket
  throw new TypeError('a request without TLS')
}

/** Opens a replica without TLS. */
export const openPlain = () => listen(createPlainServer(answerReport))

/** Opens something that accepts connections. */
export const openTcp = (accept: (socket: Socket) => void) => listen(createTcpServer(accept))

export const trusting: ReportTls = { trust: root.pem, name: 'signing' }

/** Opens the fleet of one replica, and returns what asks it for its report. */
export function fleetAt(port: number, tls: () => ReportTls = () => trusting) {
  const reports = createReportFetch({
    tls: new Map([['signing', () => Promise.resolve(tls())]]),
  })
  onTestFinished(() => reports.close())
  const healthUrl = `https://127.0.0.1:${port}`
  const fleet = createFleet([{ service: 'signing', url: healthUrl, healthUrl }], reports)
  const ask = async () => {
    const question = { service: 'signing', secret: SECRET }
    const [answer] = await fleet.acknowledgements(question, new AbortController().signal)
    return answer
  }
  return { ask, fleet, healthUrl }
}
