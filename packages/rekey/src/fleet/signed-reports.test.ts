import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { limitedText, Secret, SecretError } from '@rekey/secret'
import { awaitBarrier } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { openOutside } from '@rekey/testbed'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createFleet, rotate, signedReports } from '../engine/index.ts'
import type { FetchReport } from '../engine/internal.ts'

const outside = await openOutside()
if (outside === undefined) console.warn('Suite skipped: this machine has no address but loopback')
afterAll(() => outside?.[Symbol.asyncDispose]())

const newKey = () => Secret.of(randomBytes(32).toString('base64url'), 'REKEY_HEALTH_KEY')
const key = newKey()

/** A replica whose report is read by an address that is not loopback. */
async function openReplica() {
  const service = await loadService(
    defineService({ name: 'beta', settings: z.object({}), secrets: {} }),
    { env: { REKEY_ENVIRONMENT: 'test' }, source: createMemoryStore({}) },
  )
  const health = await openHealthListener(service, { port: 0, host: '0.0.0.0', keys: [key] })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  return `http://${outside?.address}:${health.port}`
}

/** Somebody who answers as a replica would, without the key. */
async function openLiar(mac = ''): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('rekey-report-mac', mac)
    response.end('{"service":"beta","replica":"liar","secrets":[]}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The failure of a rotation that awaits the reports of replicas. */
async function failureOf(healthUrls: readonly string[], fetch?: FetchReport): Promise<string> {
  const replicas = healthUrls.map((healthUrl) => ({ service: 'beta', url: '', healthUrl }))
  const fleet = createFleet(replicas, fetch && { fetch })
  const { farSide, options } = await setUp()
  const patience = { fleet, secret: NAME, deadlineMs: 200, pollMs: 20 }
  const barrier = { ...patience, service: 'beta', what: 'load the secret', met: () => true }
  const admit: RotationKind['admit'] = (_staged, context) => awaitBarrier(barrier, context)
  return rotate({ ...farSide.kind, admit }, options).then(String, String)
}

describe.runIf(outside)('a rotation whose replicas are beyond loopback', () => {
  it('reads their reports by the key, and names those that refuse it', async () => {
    const healthUrl = await openReplica()
    const report = await signedReports(key)(`${healthUrl}/health/secrets`)
    expect(JSON.parse(await limitedText(report))).toMatchObject({ service: 'beta' })
    const refused = `${healthUrl} (refuses its report: set REKEY_HEALTH_KEY`
    expect(await failureOf([healthUrl])).toContain(refused)
    expect(await failureOf([healthUrl], signedReports(newKey()))).toContain(refused)
    expect(await failureOf([healthUrl], signedReports(key))).not.toContain('refuses')
  })
})

it('R50 a lie of whoever listens at the address of a replica, without the key, is no acknowledgement', async () => {
  for (const mac of ['', 'A'.repeat(43)]) {
    const healthUrl = await openLiar(mac)
    const read = signedReports(key)(`${healthUrl}/health/secrets`)
    await expect(read).rejects.toThrow(SecretError)
    expect(await failureOf([healthUrl], signedReports(key))).toContain(
      `${healthUrl} (answers without REKEY_HEALTH_KEY`,
    )
  }
})

it('R50 one replica whose report is passed on for another is no acknowledgement of either', async () => {
  const service = await loadService(
    defineService({ name: 'beta', settings: z.object({}), secrets: {} }),
    { env: { REKEY_ENVIRONMENT: 'test' }, source: createMemoryStore({}) },
  )
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  const real = `http://127.0.0.1:${health.port}`
  const relay = 'http://127.0.0.1:1'
  const passOn: FetchReport = (url, init) => fetch(String(url).replace(relay, real), init)
  const failure = await failureOf([real, relay], passOn)
  for (const [at, other] of [
    [real, relay],
    [relay, real],
  ]) {
    expect(failure).toContain(`${at} (gives the report of the process at ${other} too`)
  }
})

it('nothing but requests for reports is signed', async () => {
  const seen: (string | null)[] = []
  const fetch: typeof globalThis.fetch = (_input, init) => {
    seen.push(new Headers(init?.headers).get('authorization'))
    return Promise.resolve(new Response(''))
  }
  await signedReports(key, fetch)('http://127.0.0.1/api-key/proof', { headers: { a: 'b' } })
  await signedReports(key, fetch)(new URL('http://127.0.0.1/health/ready'))
  expect(seen).toEqual([null, null])
})
