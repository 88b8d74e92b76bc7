// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { KEY_PROOF_PATH } from '@rekey/api-key-auth'
import { createCa } from '@rekey/ca-keystore'
import { signedReports } from '@rekey/rekey/engine'
import { limitedText, Secret } from '@rekey/secret'
import { findFreePorts, openOutside, type OutsideRequest, runCompiled } from '@rekey/testbed'
import { issueNoteKey } from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { identityFrom, newKey, newText, signingSecrets } from './service-fixture.ts'

const MAIN = fileURLToPath(new URL('../../services/signing/src/main.ts', import.meta.url))
/** The grace of the public listener, and that of the loader, and time for a busy machine. */
const STOPS_WITHIN_MS = 4_000 + 5_000
const START_TIMEOUT_MS = 60_000

const outside = await openOutside()
if (outside === undefined) console.warn('Suite skipped: this machine has no address but loopback')

describe.runIf(outside)(
  `signing, seen from outside (${outside?.kind})`,
  { timeout: 90_000 },
  () => {
    const secrets = signingSecrets()
    const { API_KEY_FRONTEND_SIGNING: callerKey = '', CA_PASSPHRASE_SIGNING = '' } = secrets
    let directory: string
    let tls: NonNullable<OutsideRequest['tls']>
    beforeAll(async () => {
      directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-opened-'))
      const passphrase = Secret.of(CA_PASSPHRASE_SIGNING, 'CA_PASSPHRASE_SIGNING')
      const ca = await createCa({
        directory: join(directory, 'ca'),
        passphrase,
        commonName: 'Test Development CA',
      })
      secrets['TLS_SIGNING'] = await identityFrom(ca, 'signing')
      const [, key = '', cert = ''] =
        /^([^]+?-\n)(-----BEGIN CERT[^]+)$/.exec(await identityFrom(ca, 'frontend')) ?? []
      tls = { ca: ca.certificate, servername: 'signing', key, cert }
      await ca.close()
    })
    afterAll(async () => {
      await rm(directory, { recursive: true })
      await outside?.[Symbol.asyncDispose]()
    })

    async function start(env: Record<string, string>) {
      const [port = 0, healthPort = 0] = await findFreePorts(2)
      const child = spawn(process.execPath, runCompiled(MAIN), {
        env: {
          ...{ PATH: process.env['PATH'], REKEY_ENVIRONMENT: 'development', LOG_LEVEL: 'error' },
          ...{ PORT: String(port), HEALTH_PORT: String(healthPort) },
          ...{ CA_DIRECTORY: join(directory, 'ca'), CRL_DIRECTORY: directory },
          ...{ CERTTRANSPARENCY_URL: 'https://127.0.0.1:9' },
          LOG_VERIFIER_KEY: issueNoteKey('dev-certtransparency/log').verifierKey,
          ...secrets,
          ...env,
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      await untilReady(`http://127.0.0.1:${healthPort}/health/ready`)
      const ask = async (path: string, headers: Record<string, string> = {}) =>
        outside?.request({
          ...{ path, headers },
          ...(path === KEY_PROOF_PATH ? { port, tls } : { port: healthPort }),
        })
      return { child, port, healthPort, ask }
    }

    it('is reached by nobody unless it is opened', async () => {
      const { ask } = await start({})
      expect(await ask(KEY_PROOF_PATH)).toMatchObject({ status: 0 })
      expect(await ask('/health/live')).toMatchObject({ status: 0 })
    })

    it('serves callers and probes where HOST and HEALTH_HOST say so, and its report to the key', async () => {
      const key = newText()
      const opened = { HOST: '0.0.0.0', HEALTH_HOST: '0.0.0.0', HEALTH_HOSTS: 'signing.vpn.svc' }
      const { ask, port, healthPort } = await start({ ...opened, REKEY_HEALTH_KEY: key })
      const authorization = `Bearer ${callerKey}`
      expect(await ask(KEY_PROOF_PATH, { authorization })).toMatchObject({ status: 204 })
      expect(await ask(KEY_PROOF_PATH)).toMatchObject({ status: 401 })
      const inClear = { path: KEY_PROOF_PATH, port, headers: { authorization } }
      expect(await outside?.request(inClear)).toMatchObject({ status: 0 })
      expect(await ask('/health/ready')).toMatchObject({ status: 200, body: '{"ready":true}' })
      const { status } = (await ask('/health/live', { host: 'signing.vpn.svc' })) ?? {}
      expect(status).toBe(200)
      expect(await ask('/health/live', { host: 'evil.test' })).toMatchObject({ status: 421 })
      expect(await ask('/health/secrets')).toMatchObject({ status: 401 })

      const report = new URL('/health/secrets', `http://${outside?.address}:${healthPort}`)
      const read = signedReports(Secret.of(key, 'REKEY_HEALTH_KEY'))
      const answer: unknown = JSON.parse(await limitedText(await read(report)))
      expect(answer).toMatchObject({ service: 'signing' })
      const other = signedReports(Secret.of(newKey(), 'REKEY_HEALTH_KEY'))
      expect((await other(report)).status).toBe(401)
    })

    it('ends every connection after SIGTERM, whatever state it is in', async () => {
      const { child, port, healthPort } = await start({})
      const whole = 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const halfBody = `POST /certificates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${callerKey}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`
      const firsts = ['', whole, 'GET /x HTTP/1.1\r\nHost: loc', halfBody]
      const sockets = await Promise.all(
        [port, healthPort].flatMap((at) => firsts.map((first) => openSocket(at, first))),
      )
      const ended = sockets.map((socket) => text(socket).catch(() => 'cut'))
      const exited = once(child, 'exit')
      const from = performance.now()
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
      await Promise.all(ended)
      expect(performance.now() - from).toBeLessThan(STOPS_WITHIN_MS)
    })
  },
)

async function openSocket(port: number, first: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  socket.write(first)
  return socket
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    if (performance.now() > deadline) throw new Error('signing is not ready')
    await delay(50)
  }
}
