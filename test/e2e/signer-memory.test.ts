// @lane servers
import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, createServer, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '@rekey/api-key-auth'
import { createCa } from '@rekey/ca-keystore'
import {
  encryptForRecovery,
  generatePassphrase,
  createSigningRequest,
} from '@rekey/ca-keystore/internal'
import { findFreePorts, runCompiled } from '@rekey/testbed'
import { issueNoteKey } from '@rekey/audit-log/transparency'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countInMemory, encodingsOf } from './scan-memory.ts'
import { identityFrom } from './service-fixture.ts'

const MAIN = fileURLToPath(new URL('../../services/signing/src/main.ts', import.meta.url))
const SIGNATURES = 1_000
const AT_ONCE = 16

/** The text of an identity as the parts that TLS takes. */
function partsOf(identity: string) {
  const [, key = '', cert = ''] = /^([^]+?-\n)(-----BEGIN CERT[^]+)$/.exec(identity) ?? []
  return { key, cert }
}

describe('signing in production, after 1,000 signatures', { timeout: 180_000 }, () => {
  const passphrase = generatePassphrase()
  const patterns = {
    passphrase: encodingsOf(Buffer.from(passphrase.expose())),
    scalar: new Map<string, Buffer>(),
  }
  const answers: string[] = []
  let base: string
  let record: Server
  let signing: ChildProcess
  let output = ''
  let healthPort = 0
  let signerPid = 0
  let issued = 0

  beforeAll(async () => {
    base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-memory-'))
    const directory = join(base, 'ca')
    const ca = await createCa({ directory, passphrase, commonName: 'Test CA' })
    await writeFile(join(base, 'passphrase'), passphrase.expose(), { mode: 0o600 })
    await mkdir(join(base, 'lists'), { mode: 0o700 })
    await mkdir(join(base, 'work'))
    patterns.scalar = await scalarPatterns(directory)
    record = createServer({
      ...partsOf(await identityFrom(ca, 'certtransparency')),
      ...{ ca: ca.chain, requestCert: true },
    })
    record.on('request', (asked: IncomingMessage, answer) => {
      asked.resume().on('end', () => answer.writeHead(400).end('{}'))
    })
    await once(record.listen(0, '127.0.0.1'), 'listening')
    const frontend = partsOf(await identityFrom(ca, 'frontend'))
    const port = await startSigning(await identityFrom(ca, 'signing'))
    await ca.close()
    await order(port, { ca: ca.chain, ...frontend })
    for (const path of ['/health/ready', '/health/secrets', '/metrics']) {
      answers.push(await (await fetch(`http://127.0.0.1:${healthPort}${path}`)).text())
    }
  }, 180_000)
  afterAll(async () => {
    signing.kill('SIGKILL')
    record.close()
    await rm(base, { recursive: true })
  })

  /** Both orders of the bytes: OpenSSL keeps the least significant first. */
  async function scalarPatterns(directory: string) {
    const recoveryPassphrase = generatePassphrase()
    const pem = await encryptForRecovery({
      ...{ directory, recoveryPassphrase },
      passphrase: { value: passphrase, origin: { kind: 'memory' } },
    })
    const key = createPrivateKey({ key: pem, passphrase: recoveryPassphrase.expose() })
    const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
    const all = new Map(encodingsOf(scalar))
    for (const [name, bytes] of encodingsOf(Buffer.from(scalar).reverse())) {
      all.set(`${name}, least first`, bytes)
    }
    // The same as the bytes in the other order.
    for (const name of ['reversed text', 'reversed text, least first']) all.delete(name)
    return all
  }

  async function startSigning(identity: string): Promise<number> {
    const [port = 0, health = 0] = await findFreePorts(2)
    healthPort = health
    const key = () => issueApiKey({ environment: 'prod' }).text.expose()
    const { port: recordPort } = record.address() as AddressInfo
    signing = spawn(process.execPath, runCompiled(MAIN), {
      cwd: join(base, 'work'),
      env: {
        ...{ PATH: process.env['PATH'], REKEY_ENVIRONMENT: 'production' },
        ...{ PORT: String(port), HEALTH_PORT: String(health) },
        ...{ CA_DIRECTORY: join(base, 'ca'), CRL_DIRECTORY: join(base, 'lists') },
        CERTTRANSPARENCY_URL: `https://127.0.0.1:${recordPort}`,
        CA_PASSPHRASE_SIGNING_FILE: join(base, 'passphrase'),
        ...{ API_KEY_FRONTEND_SIGNING: key(), API_KEY_SIGNING_CERTTRANSPARENCY: key() },
        TLS_SIGNING: identity,
        LOG_VERIFIER_KEY: issueNoteKey('certtransparency/log').verifierKey,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [signing.stdout, signing.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    await untilReady()
    signerPid = Number(/"type":"unsealed","pid":(\d+)/.exec(output)?.[1])
    return port
  }

  async function untilReady() {
    const deadline = performance.now() + 60_000
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/health/ready`).catch(
        () => undefined,
      )
      await answer?.arrayBuffer()
      if (answer?.ok) return
      if (performance.now() > deadline) throw new Error(`signing is not ready: ${output}`)
      await delay(50)
    }
  }

  async function order(port: number, tls: object) {
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, ...tls, servername: 'signing' })
    const { csr } = createSigningRequest({ commonName: 'frontend' })
    const body = JSON.stringify({ csr, names: ['frontend'] })
    const ask = async () => {
      const sent = request({
        ...{ agent, port, host: '127.0.0.1', method: 'POST', path: '/server-certificates' },
        headers: { 'content-type': 'application/json' },
      }).end(body)
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      const words = await text(answer)
      // The log of this test takes nothing; what is not on record was signed before.
      if (words.includes('the certificate is not on record')) issued += 1
      answers.push(words)
    }
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (issued < SIGNATURES) await ask()
      }),
    )
    agent.destroy()
  }

  it('K33 has no copy of the passphrase in its signer, and one of the private scalar', () => {
    expect(issued).toBeGreaterThanOrEqual(SIGNATURES)
    expect(countInMemory(signerPid, patterns.passphrase)).toEqual({})
    expect(countInMemory(signerPid, patterns.scalar)).toEqual({ 'bytes, least first': 1 })
  })

  it('K33 has neither in the process that answers requests', () => {
    const pid = signing.pid ?? 0
    expect(countInMemory(pid, patterns.passphrase)).toEqual({})
    expect(countInMemory(pid, patterns.scalar)).toEqual({})
  })

  it('K33 finds what is there: the path of the passphrase in the one, of the key in both', () => {
    const path = new Map([['path', Buffer.from(join(base, 'passphrase'))]])
    expect(countInMemory(signing.pid ?? 0, path)['path']).toBeGreaterThan(0)
    const directory = new Map([['directory', Buffer.from(join(base, 'ca'))]])
    expect(countInMemory(signerPid, directory)['directory']).toBeGreaterThan(0)
  })

  it('reports that no backup of its CA was ever drilled, in health and in metrics', () => {
    const all = answers.join('\n')
    expect(all).toContain('"ca-drill":false')
    expect(all).toContain('ca_backup_last_drill_seconds{service="signing"} +Inf')
  })

  it('K33 opens no inspector on SIGUSR1 in either, and writes no file on a crash', async () => {
    const before = [signing.pid ?? 0, signerPid]
    for (const pid of before) process.kill(pid, 'SIGUSR1')
    await untilReady()
    expect(output).not.toContain('Debugger')
    expect(readFileSync(`/proc/${signerPid}/environ`, 'utf8')).toMatch(/^(?:PWD=[^\0]*\0)?$/)
    expect(readFileSync(`/proc/${signerPid}/limits`, 'utf8')).toMatch(/core file size +0 +0 /)
    for (const pid of before) {
      expect(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8')).toBe('00000000\n')
    }
    process.kill(signerPid, 'SIGSEGV')
    while (!output.includes('"sealed"')) await delay(20)
    expect((await fetch(`http://127.0.0.1:${healthPort}/health/ready`)).status).toBe(503)
    await untilReady()
    expect(await readdir(join(base, 'work'))).toEqual([])
  })

  it('K35 has printed and answered nothing of the passphrase or the key', () => {
    const all = Buffer.from(output + answers.join('\n'))
    expect(all.length).toBeGreaterThan(100_000)
    for (const pattern of [...patterns.passphrase.values(), ...patterns.scalar.values()]) {
      expect(all.includes(pattern)).toBe(false)
    }
  })
})

it.each(['--inspect=0', '--heapsnapshot-signal=SIGUSR2', '--report-on-signal'])(
  'K33 does not start with %s',
  async (option) => {
    const child = spawn(process.execPath, [option, ...runCompiled(MAIN)], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(stderr).toContain('cannot start: refused: the process could be looked into')
  },
)
