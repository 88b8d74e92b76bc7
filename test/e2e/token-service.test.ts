import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createPkcs11Ca } from '@rekey/ca-keystore'
import {
  generatePassphrase,
  openCa,
  createSigningRequest,
  readIssuances,
} from '@rekey/ca-keystore/internal'
import { findForTest, findFreePorts, openSoftHsm, runCompiled, type SoftHsm } from '@rekey/testbed'
import { issueNoteKey } from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identityFrom } from './service-fixture.ts'

const softhsm = await findForTest('softhsm2')
const MAIN = fileURLToPath(new URL('../../services/signing/src/main.ts', import.meta.url))

/** The text of an identity as the parts that TLS takes. */
function partsOf(identity: string) {
  const [, key = '', cert = ''] = /^([^]+?-\n)(-----BEGIN CERT[^]+)$/.exec(identity) ?? []
  return { key, cert }
}

describe.runIf(softhsm.found)(
  'signing, with its key in a PKCS#11 token',
  { timeout: 120_000 },
  () => {
    const pin = generatePassphrase()
    let hsm: SoftHsm
    let base: string
    let directory: string
    let record: Server
    let tls: { ca: string; key: string; cert: string }
    let secrets: Record<string, string>
    let signing: ChildProcess | undefined
    let output = ''
    let [port, healthPort] = [0, 0]

    beforeAll(async () => {
      base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-token-service-'))
      hsm = openSoftHsm(softhsm.path)
      Object.assign(process.env, hsm.env)
      hsm.initialise({ label: 'issuing', pin: pin.expose() })
      directory = join(base, 'ca')
      await mkdir(join(base, 'lists'), { mode: 0o700 })
      await writeFile(join(base, 'pin'), pin.expose(), { mode: 0o600 })
      const token = { module: hsm.module, token: 'issuing', pin }
      const ca = await createPkcs11Ca({ directory, ...token, commonName: 'Token CA' })
      secrets = await secretsFrom(ca)
      tls = { ca: ca.chain, ...partsOf(await identityFrom(ca, 'frontend')) }
      record = createServer({
        ...partsOf(await identityFrom(ca, 'certtransparency')),
        ...{ ca: ca.chain, requestCert: true },
      })
      await ca.close()
      record.on('request', (asked: IncomingMessage, answer) => {
        asked.resume().on('end', () => answer.writeHead(400).end('{}'))
      })
      await once(record.listen(0, '127.0.0.1'), 'listening')
    }, 60_000)
    afterAll(async () => {
      await stop()
      record.close()
      hsm[Symbol.dispose]()
      await rm(base, { recursive: true })
    })

    async function secretsFrom(ca: CaKeystore) {
      const key = () => issueApiKey({ environment: 'prod' }).text.expose()
      return {
        ...{ API_KEY_FRONTEND_SIGNING: key(), API_KEY_SIGNING_CERTTRANSPARENCY: key() },
        CA_PASSPHRASE_SIGNING_FILE: join(base, 'pin'),
        TLS_SIGNING: await identityFrom(ca, 'signing'),
      }
    }

    async function start(settings: Record<string, string>): Promise<ChildProcess> {
      ;[port = 0, healthPort = 0] = await findFreePorts(2)
      const { port: recordPort } = record.address() as AddressInfo
      output = ''
      signing = spawn(process.execPath, runCompiled(MAIN), {
        env: {
          ...{ PATH: process.env['PATH'], REKEY_ENVIRONMENT: 'production' },
          ...{ PORT: String(port), HEALTH_PORT: String(healthPort) },
          ...{ CA_DIRECTORY: directory, CRL_DIRECTORY: join(base, 'lists') },
          CERTTRANSPARENCY_URL: `https://127.0.0.1:${recordPort}`,
          LOG_VERIFIER_KEY: issueNoteKey('certtransparency/log').verifierKey,
          ...secrets,
          ...hsm.env,
          ...settings,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [signing.stdout, signing.stderr]) {
        stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
      }
      return signing
    }

    async function stop() {
      if (signing?.exitCode !== null) return
      const exited = once(signing, 'exit')
      signing.kill('SIGKILL')
      await exited
    }

    /** Waits for a status of readiness. */
    async function until(status: number) {
      const deadline = performance.now() + 60_000
      for (;;) {
        const url = `http://127.0.0.1:${healthPort}/health/ready`
        const answer = await fetch(url).catch(() => undefined)
        await answer?.arrayBuffer()
        if (answer?.status === status) return
        if (performance.now() > deadline) throw new Error(`no ${status} of signing: ${output}`)
        await delay(50)
      }
    }

    async function order(): Promise<string> {
      const { csr } = createSigningRequest({ commonName: 'frontend' })
      const sent = request({
        ...{ port, host: '127.0.0.1', method: 'POST', path: '/server-certificates' },
        ...{ ...tls, servername: 'signing', agent: false },
        headers: { 'content-type': 'application/json' },
      }).end(JSON.stringify({ csr, names: ['frontend'] }))
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      return text(answer)
    }

    const settings = () => ({
      CA_PKCS11_MODULE: hsm.module,
      CA_PKCS11_VARIABLES: 'SOFTHSM2_CONF',
    })
    const signed = async () =>
      (await readIssuances(directory)).filter(({ certificate }) => certificate !== undefined).length

    it('issues over https, is not ready while the token is out, and goes on when it is back', async () => {
      await start(settings())
      await until(200)
      const before = await signed()
      // The log of this test takes nothing, so what was signed is not handed out.
      expect(await order()).toContain('the certificate is not on record')
      expect(await signed()).toBe(before + 1)
      const putBack = hsm.takeOut()
      expect(await order()).toContain('"error"')
      await until(503)
      putBack()
      await until(200)
      expect(await order()).toContain('the certificate is not on record')
      expect(await signed()).toBe(before + 2)
      expect(output).not.toContain(pin.expose())
      await stop()
    })

    it('does not start without the library, nor a second time with a wrong PIN', async () => {
      expect(await once(await start({}), 'exit')).toEqual([1, null])
      expect(output).toContain('CA_PKCS11_MODULE of signing')
      const wrong = generatePassphrase()
      await writeFile(join(base, 'pin'), wrong.expose())
      expect(await once(await start(settings()), 'exit')).toEqual([1, null])
      expect(output).toContain('refuses the PIN')
      expect(await once(await start(settings()), 'exit')).toEqual([1, null])
      expect(output).toContain('has seen a wrong PIN since its last login')
      expect(output).not.toContain(wrong.expose())
      const passphrase = { value: pin, origin: { kind: 'memory' } } as const
      await (await openCa({ directory, passphrase, module: hsm.module, attended: true })).close()
    })
  },
)
