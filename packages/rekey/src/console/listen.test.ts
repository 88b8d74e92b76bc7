import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { Secret } from '@rekey/secret'
import { findFreePort } from '@rekey/testbed'
import { issue, issueServer, type ServerTls } from '@rekey/testbed/certificates'
import { beforeAll, expect, it } from 'vitest'
import { type OperatorLogin, openConsole } from './index.ts'
import { buildPage } from '../../test/console/login/guarded-console.support.ts'
import { family } from '../../test/console/readings.support.ts'

beforeAll(buildPage)

const read = () => Promise.resolve(family([]))

function loginAt(publicUrl: string): OperatorLogin {
  const refuse = () => Promise.reject(new Error('no login in this test'))
  const steps = { begin: refuse, finish: refuse, findSignOut: refuse }
  return { publicUrl, sessionMs: 1, idleMs: 1, demand: '', ...steps }
}

const tlsOf = ({ cert, key }: ServerTls) => ({ certificate: cert, key: Secret.of(key, 'key') })

it('listens beyond loopback by https with a login', async () => {
  const root = issue({ commonName: 'Root', ca: true })
  const port = await findFreePort()
  const publicUrl = `https://127.0.0.1:${port}`
  const tls = tlsOf(issueServer(root))
  await using page = await openConsole({
    ...{ read, tls, port, host: '0.0.0.0', login: loginAt(publicUrl) },
  })
  expect(page.url).toBe(`${publicUrl}/`)
  const asked = get(page.url, { ca: root.pem })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  expect(await text(response)).toContain('<div id="console">')
})

it('does not listen beyond loopback without a login, or with one by clear text', async () => {
  const tls = tlsOf(issueServer(issue({ ca: true })))
  const login = loginAt('https://console.example')
  for (const options of [{}, { tls }, { login }]) {
    const opened = openConsole({ read, host: '0.0.0.0', ...options })
    await expect(opened).rejects.toMatchObject({ code: 'refused', details: { host: '0.0.0.0' } })
  }
})

it('reports a certificate of another key, and an address of another machine', async () => {
  const root = issue({ ca: true })
  const { cert } = issueServer(root)
  const tls = tlsOf({ cert, key: issueServer(root).key })
  await expect(openConsole({ read, tls })).rejects.toMatchObject({ code: 'malformed' })
  const away = {
    ...{ read, host: '192.0.2.1', login: loginAt('https://console.example') },
    tls: tlsOf(issueServer(root)),
  }
  await expect(openConsole(away)).rejects.toMatchObject({ code: 'refused' })
})

/** Sends a byte each 200 ms, as a slow attacker does, until the other side ends it. */
async function drip(socket: Socket, first: string, bytes: string): Promise<string> {
  socket.on('error', () => undefined)
  socket.write(first)
  const timer = setInterval(() => socket.write(bytes), 200)
  try {
    return await text(socket)
  } catch {
    return 'cut'
  } finally {
    clearInterval(timer)
  }
}

it('ends a client that sends headers or a body byte by byte, by http and by https', async () => {
  const root = issue({ commonName: 'Root', ca: true })
  const ports = [await findFreePort(), await findFreePort()] as const
  const login = loginAt(`https://127.0.0.1:${ports[1]}`)
  await using plain = await openConsole({ read, port: ports[0] })
  await using secure = await openConsole({
    read,
    port: ports[1],
    tls: tlsOf(issueServer(root)),
    login,
  })
  expect([plain.url, secure.url].map((url) => new URL(url).port)).toEqual(ports.map(String))
  const start = 'POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n'
  const slow = [
    () => connect(ports[0], '127.0.0.1'),
    () => connectTls({ port: ports[1], host: '127.0.0.1', ca: root.pem }),
  ].flatMap((open) => [
    drip(open(), start, 'X: y\r\n'),
    drip(open(), `${start}Content-Length: 1000\r\n\r\n`, 'x'),
  ])
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1.1 4\d\d|^cut|^$/)
}, 30_000)
