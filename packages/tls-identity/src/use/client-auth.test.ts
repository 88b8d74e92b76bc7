import { once } from 'node:events'
import { createServer, request, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { systemClock } from '@rekey/secret'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type Issued,
  issue,
  issueChain,
  keyPem,
  type Wanted,
} from '../../test/certificates.support.ts'
import {
  type ClientAuthEvent,
  type ClientAuthOptions,
  clientAuth as fastifyAuth,
} from './fastify.ts'
import { ASK_CLIENTS, clientAuth as nodeAuth } from '../index.ts'

const HOUR_MS = 3_600_000
const { root, issuer, leaf: server } = issueChain({ dnsNames: ['signing'] })
const foreign = issueChain({ purpose: 'both', dnsNames: ['frontend'] })
const selfSigned = issue({ purpose: 'both', dnsNames: ['frontend'] })
const ask = {
  ...{ key: keyPem(server.key), cert: server.pem + issuer.pem, ca: root.pem },
  ...ASK_CLIENTS,
}

function addRoute(app: FastifyInstance, options: ClientAuthOptions): void {
  app.addHook('onRequest', fastifyAuth(options))
  app.get('/', ({ peer }) => ({ peer }))
}

/** Each framework as a service would set it up; every route answers with the service that called. */
const FRAMEWORKS: Record<string, (options: ClientAuthOptions) => Promise<number>> = {
  async fastify(options) {
    const app = Fastify({ https: ask })
    addRoute(app, options)
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return (app.server.address() as AddressInfo).port
  },
  async 'node:https'(options) {
    const listener = nodeAuth(options)((_request, response, peer) => {
      response.end(JSON.stringify({ peer }))
    })
    const opened = createServer(ask, listener).listen(0, '127.0.0.1')
    await once(opened, 'listening')
    onTestFinished(() => {
      opened.close()
      opened.closeAllConnections()
    })
    return (opened.address() as AddressInfo).port
  },
}

const service = (wanted: Wanted = {}): Issued =>
  issue({ issuer, purpose: 'both', dnsNames: ['frontend'], ...wanted })

const show = ({ key, pem }: Issued, above: Issued = issuer) => ({
  key: keyPem(key),
  cert: pem + above.pem,
})

async function call(port: number, options: RequestOptions) {
  const sent = request({
    ...{ host: '127.0.0.1', port, path: '/', ca: root.pem, servername: 'signing' },
    agent: false,
    ...options,
  }).end()
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  return { status: response.statusCode, ...((await json(response)) as object) }
}

describe.each(Object.entries(FRAMEWORKS))('%s', (_name, open) => {
  const options = { services: ['frontend', 'certtransparency'] }

  it('lets a service in by the host name in its certificate', async () => {
    const port = await open(options)
    expect(await call(port, show(service()))).toEqual({ status: 200, peer: 'frontend' })
    const named = service({ commonName: 'frontend', dnsNames: ['localhost', 'certtransparency'] })
    expect(await call(port, show(named))).toEqual({ status: 200, peer: 'certtransparency' })
  })

  it.each<[string, string, () => RequestOptions]>([
    ['no certificate', 'certificate-missing', () => ({})],
    [
      'the certificate of another service',
      'certificate-name',
      () => show(service({ dnsNames: ['mail'] })),
    ],
    [
      'a common name instead of a host name',
      'certificate-name',
      () => show(service({ commonName: 'frontend', dnsNames: [] })),
    ],
    [
      'a wildcard that covers the name',
      'certificate-name',
      () => show(service({ dnsNames: ['*'] })),
    ],
    [
      'a certificate of two services',
      'certificate-name',
      () => show(service({ dnsNames: ['frontend', 'certtransparency'] })),
    ],
    [
      "a person's certificate",
      'certificate-purpose',
      () => show(service({ purpose: 'client', commonName: 'frontend', dnsNames: [] })),
    ],
    [
      "a person's certificate, even with the name of a service",
      'certificate-purpose',
      () => show(service({ purpose: 'client' })),
    ],
    [
      'a certificate for servers alone',
      'certificate-purpose',
      () => show(service({ purpose: 'server' })),
    ],
    [
      'an expired certificate',
      'certificate-expired',
      () => show(service({ notAfter: new Date(Date.now() - 1_000) })),
    ],
    [
      'a certificate that is not valid yet',
      'certificate-not-yet-valid',
      () => show(service({ notBefore: new Date(Date.now() + HOUR_MS / 2) })),
    ],
    [
      'a certificate that its service signed itself',
      'certificate-untrusted',
      () => show(selfSigned),
    ],
    [
      'the certificate of another root with the same names',
      'certificate-untrusted',
      () => show(foreign.leaf, foreign.issuer),
    ],
  ])('refuses %s: %s', async (_what, code, shown) => {
    const events: ClientAuthEvent[] = []
    const port = await open({ ...options, onEvent: (event) => void events.push(event) })
    expect(await call(port, shown())).toMatchObject({ status: 403, code })
    expect(events).toEqual([{ type: 'refused', code, source: '127.0.0.1' }])
  })

  it('refuses a certificate that ends while its connection lives on', async () => {
    let aheadMs = 0
    const clock = { ...systemClock, now: () => Date.now() + aheadMs }
    const port = await open({ ...options, clock })
    expect(await call(port, show(service()))).toMatchObject({ status: 200 })
    aheadMs = 2 * HOUR_MS
    expect(await call(port, show(service()))).toMatchObject({ code: 'certificate-expired' })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'judges a session that is resumed like the one it began as, over %s',
    async (version) => {
      const port = await open(options)
      for (const [shown, status] of [
        [show(service()), 200],
        [{ key: keyPem(selfSigned.key), cert: selfSigned.pem }, 403],
        [{}, 403],
      ] as const) {
        const first = await resumable(port, { ...shown, maxVersion: version })
        expect(first).toMatchObject({ status, reused: false })
        const { session } = first
        const second = await resumable(port, { maxVersion: version, ...(session && { session }) })
        expect(second).toMatchObject({ status, reused: true })
      }
    },
  )
})

/** One request over a connection whose session can be resumed. */
async function resumable(port: number, options: RequestOptions & { session?: Buffer }) {
  const { session: resumed, maxVersion, key, cert } = options
  const socket = connect({
    ...{ host: '127.0.0.1', port, ca: root.pem, servername: 'signing' },
    ...(resumed && { session: resumed }),
    ...(maxVersion && { maxVersion }),
    ...(key && cert && { key, cert }),
  })
  let session: Buffer | undefined
  socket.on('session', (given: Buffer) => (session = given))
  await once(socket, 'secureConnect')
  const reused = socket.isSessionReused()
  socket.end('GET / HTTP/1.1\r\nHost: signing\r\nConnection: close\r\n\r\n')
  const answer = (await socket.setEncoding('utf8').toArray()).join('')
  return { status: Number(answer.slice(9, 12)), reused, session: session ?? socket.getSession() }
}
