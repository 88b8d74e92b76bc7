import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HealthReport } from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, type SecretSpec } from '@rekey/secret'
import { createMemoryStore } from './store/memory-store.ts'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { defineService, loadService, openHealthListener } from './index.ts'
import type { Gauges, ReadinessCheck } from './internal.ts'

const value = NON_PRODUCTION_PREFIX + randomBytes(24).toString('base64url')

const text: SecretSpec<string> = {
  kind: 'text',
  rule: 'any',
  access: { end: 'owner' },
  minLength: 32,
  nameFor: () => 'NAME',
  parse: (read) => ({ value: read, id: 'public-id', sensitive: [read], nonProduction: true }),
}

async function open(
  checks: Record<string, ReadinessCheck> = {},
  warnings?: Record<string, ReadinessCheck>,
  gauges?: Gauges,
) {
  const definition = defineService({ name: 'app', settings: z.object({}), secrets: { text } })
  const service = await loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'test' },
    source: createMemoryStore({ NAME: value }),
  })
  const health = await openHealthListener(service, {
    ...{ port: 0, checks, checkTimeoutMs: 50 },
    ...(warnings && { warnings }),
    ...(gauges && { gauges }),
  })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  const get = (path: string) => fetch(`http://127.0.0.1:${health.port}${path}`)
  return { get, port: health.port, service }
}

it('answers that the process lives', async () => {
  const { get } = await open()
  expect((await get('/health/live')).status).toBe(200)
})

it('is ready when every check passes, and says which one does not', async () => {
  const never = () => new Promise<never>(() => undefined)
  const { get } = await open({
    good: () => Promise.resolve(),
    bad: () => Promise.reject(new Error()),
    never,
  })
  const response = await get('/health/ready')
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({
    ready: false,
    checks: { good: true, bad: false, never: false },
    secrets: {},
  })
})

it('reports a warning, and is ready nevertheless', async () => {
  const warnings = { horizon: () => Promise.reject(new Error()), fine: () => Promise.resolve() }
  const { get } = await open({ good: () => Promise.resolve() }, warnings)
  const response = await get('/health/ready')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    ...{ ready: true, checks: { good: true }, secrets: {} },
    warnings: { horizon: false, fine: true },
  })
})

it('a readiness check that throws or hangs has failed, and the listener goes on', async () => {
  const checks = {
    throws: () => {
      throw new TypeError('a value')
    },
    hangs: () => new Promise<never>(() => undefined),
    none: undefined as unknown as ReadinessCheck,
    good: () => Promise.resolve(),
  }
  const { get } = await open(checks)
  for (let i = 0; i < 2; i++) {
    const response = await get('/health/ready')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      checks: { throws: false, hangs: false, none: false, good: true },
    })
  }
  expect((await get('/health/live')).status).toBe(200)
})

it('probes that come while a check runs wait for it, and start no other', async () => {
  let started = 0
  const slow = () => {
    started += 1
    return new Promise<never>(() => undefined)
  }
  const { get } = await open({ slow })
  const answers = await Promise.all(Array.from({ length: 20 }, () => get('/health/ready')))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 503))
  expect(started).toBeLessThan(20)
})

it('a failure of its own is answered with 500 and no stack', async () => {
  const { get, service } = await open()
  Object.assign(service, {
    health: () => {
      throw new TypeError('a value')
    },
  })
  for (const path of ['/health/secrets', '/health/ready', '/metrics']) {
    const response = await get(path)
    expect([response.status, await response.text()]).toEqual([500, '{"error":"failed"}'])
  }
})

it('reports names, ids, versions and uses of secrets, and no value', async () => {
  const { get, service } = await open()
  const { current, usage } = service.secrets.text
  usage.record(current.version)
  const body = await (await get('/health/secrets')).text()
  expect(body).not.toContain(value)
  const report = JSON.parse(body) as HealthReport
  expect(report.secrets).toMatchObject([
    {
      name: 'NAME',
      kind: 'text',
      versions: [{ stage: 'current', version: current.version, id: 'public-id' }],
      usage: { versions: [{ version: current.version, uses: 1 }] },
    },
  ])
})

it('says the same to Prometheus, in its text format, and no value', async () => {
  const { get, service } = await open()
  const response = await get('/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const body = await response.text()
  expect(body).not.toContain(value)
  const labels = 'service="app",secret="NAME",source="memory"'
  const { version } = service.secrets.text.current
  expect(body.split('\n')).toEqual(
    expect.arrayContaining([
      '# TYPE rekey_secret_state gauge',
      `rekey_secret_state{${labels},state="fresh"} 1`,
      `rekey_secret_state{${labels},state="expired"} 0`,
      `rekey_secret_info{${labels},stage="current",version="${version}"} 1`,
      `rekey_secret_events_total{${labels},event="vetoes"} 0`,
    ]),
  )
  const samples = body
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
  for (const line of samples) {
    expect(line).toMatch(/^[a-z_]+\{([a-z]+="(\\.|[^"\\\n])*",?)+\} -?\d+(\.\d+)?$/)
  }
})

it('has the gauges of the service beside them, and none of what cannot be read', async () => {
  const { get } = await open({}, undefined, {
    drill_seconds: { help: 'Since the last drill.', value: () => Promise.resolve(90.5) },
    never_seconds: { help: 'Since what never was.', value: () => Infinity },
    broken: { help: 'Fails.', value: () => Promise.reject(new Error('a value')) },
    hanging: { help: 'Hangs.', value: () => new Promise<never>(() => undefined) },
  })
  const response = await get('/metrics')
  const body = await response.text()
  expect(body).toContain('# TYPE rekey_secret_state gauge\n')
  expect(body.slice(body.indexOf('# HELP drill_seconds'))).toBe(
    [
      '# HELP drill_seconds Since the last drill.',
      '# TYPE drill_seconds gauge',
      'drill_seconds{service="app"} 90.5',
      '# HELP never_seconds Since what never was.',
      '# TYPE never_seconds gauge',
      'never_seconds{service="app"} +Inf',
      '# HELP broken Fails.',
      '# TYPE broken gauge',
      '# HELP hanging Hangs.',
      '# TYPE hanging gauge\n',
    ].join('\n'),
  )
})

it('does not open for a gauge whose name is not allowed', async () => {
  const gauge = { help: 'One.', value: () => 1 }
  for (const name of ['rekey_secret_state', 'with space', 'a{b}', '']) {
    await expect(open({}, undefined, { [name]: gauge })).rejects.toBeInstanceOf(TypeError)
  }
})

it('answers 404 to everything else', async () => {
  const { get } = await open()
  expect((await get('/health/secrets?values=1')).status).toBe(404)
  expect((await get('/__proto__')).status).toBe(404)
})

it('fails when its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  onTestFinished(() => {
    other.close()
  })
  const { service } = await open()
  const { port } = other.address() as AddressInfo
  await expect(openHealthListener(service, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
