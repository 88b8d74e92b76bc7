import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret, type SecretSpec } from '@rekey/secret'
import { signReportRequest } from '@rekey/secret/internal'
import { createMemoryStore } from './store/memory-store.ts'
import { openOutside } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineService, loadService, openHealthListener, type Service } from './index.ts'
import type { HealthListener } from './internal.ts'

const outside = await openOutside()
if (outside === undefined) console.warn('Suite skipped: this machine has no address but loopback')

const text: SecretSpec<string> = {
  kind: 'text',
  rule: 'any',
  access: { end: 'owner' },
  minLength: 32,
  nameFor: () => 'SECRET_NAME',
  parse: (value) => ({ value, sensitive: [value], nonProduction: true }),
}
const newKey = () => Secret.of(randomBytes(32).toString('base64url'), 'REKEY_HEALTH_KEY')
const key = newKey()

describe.runIf(outside)(`health, asked from outside (${outside?.kind})`, () => {
  let service: Service
  let health: HealthListener
  beforeAll(async () => {
    const value = NON_PRODUCTION_PREFIX + randomBytes(24).toString('base64url')
    service = await loadService(
      defineService({ name: 'app', settings: z.object({}), secrets: { text } }),
      { env: { REKEY_ENVIRONMENT: 'test' }, source: createMemoryStore({ SECRET_NAME: value }) },
    )
    const open = { port: 0, host: '0.0.0.0', hosts: ['app.vpn.svc'] }
    const checks = { database: () => Promise.reject(new Error('no')) }
    health = await openHealthListener(service, { ...open, checks, keys: [newKey(), key] })
  })
  afterAll(async () => {
    await health.close()
    await service.close()
    await outside?.[Symbol.asyncDispose]()
  })

  const ask = async (path: string, headers: Record<string, string> = {}, port = health.port) => {
    const answer = await outside?.request({ path, port, headers })
    if (answer === undefined) throw new Error('no outside')
    return answer
  }

  it('is not there unless its host is set', async () => {
    await using closed = await openHealthListener(service, { port: 0 })
    expect(await ask('/health/live', {}, closed.port)).toMatchObject({ status: 0 })
  })

  it('answers probes by the address, and names no secret and no check', async () => {
    expect(await ask('/health/live')).toMatchObject({ status: 200, body: '{"live":true}' })
    expect(await ask('/health/ready')).toMatchObject({ status: 503, body: '{"ready":false}' })
  })

  it.each(['/health/secrets', '/metrics'])(
    '%s is refused without a signature of the key, whatever a header claims',
    async (path) => {
      const forged = [
        {},
        { host: 'localhost' },
        { host: '127.0.0.1' },
        { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '::1' },
        { authorization: `Bearer ${key.expose()}` },
        { authorization: signReportRequest(newKey(), path).authorization },
        { authorization: signReportRequest(key, '/health/live').authorization },
      ]
      for (const headers of forged) {
        const { status, body } = await ask(path, headers)
        expect(status).toBe(401)
        expect(body).not.toContain('SECRET_NAME')
      }
    },
  )

  it.each(['/health/secrets', '/metrics'])(
    '%s is answered to a signed request, and the answer is signed',
    async (path) => {
      const { authorization, isAnswer } = signReportRequest(key, path)
      const { status, body, headers } = await ask(path, { authorization })
      expect(status).toBe(200)
      expect(body).toContain('SECRET_NAME')
      expect(isAnswer(body, headers['rekey-report-mac'])).toBe(true)
    },
  )

  it('is refused to everybody from outside while it has no key', async () => {
    const open = { port: 0, host: '0.0.0.0' }
    await using keyless = await openHealthListener(service, open)
    const { authorization } = signReportRequest(key, '/health/secrets')
    const { status } = await ask('/health/secrets', { authorization }, keyless.port)
    expect(status).toBe(401)
  })

  it.each([
    ['app.vpn.svc', 200],
    ['APP.vpn.svc:9090', 200],
    [`${outside?.address}`, 200],
    [`${outside?.address}:1`, 200],
    ['localhost:8080', 200],
    ['evil.test', 421],
    ['app.vpn.svc.evil.test', 421],
    ['127.0.0.1.nip.io', 421],
    ['192.0.2.77', 421],
    ['0.0.0.0.evil.test', 421],
    ['[::ffff:198.18.0.1]', 421],
    ['user@localhost', 421],
    ['localhost/x', 421],
    ['localhost, evil.test', 421],
  ])('a request for the host %j is answered with %d', async (host, status) => {
    expect(await ask('/health/live', { host })).toMatchObject({ status })
  })
})
