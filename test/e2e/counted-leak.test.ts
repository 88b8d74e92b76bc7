import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apiKeyTo, issueApiKey, withApiKey } from '@rekey/api-key-auth'
import {
  defineService,
  listenerSettings,
  loadService,
  type ServiceDefinition,
} from '@rekey/config-loader'
import { hostService, type HostOptions, LISTENER_LIMITS } from '@rekey/config-loader/host'
import { createRedactor, type Redactor } from '@rekey/log-redactor'
import { runRekey } from '@rekey/test-support'
import { findForTest, findFreePorts, runSourceFlags } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { startRekey } from './start-rekey.ts'

const prometheus = await findForTest('prometheus')
const RULES = fileURLToPath(new URL('../../deploy/prometheus/rekey.rules.yaml', import.meta.url))
const RECEIVER = fileURLToPath(new URL('./stock-main.ts', import.meta.url))
const KEY = 'api-key shop:stock'
const settings = z.object(listenerSettings)
const shop = defineService({ name: 'shop', settings, secrets: { stock: apiKeyTo('stock') } })

/** Runs a service in this process until the end of the test. */
async function host<D extends ServiceDefinition>(
  env: Readonly<Record<string, string>>,
  load: HostOptions<D, Redactor>['load'],
  start: HostOptions<D, Redactor>['start'],
): Promise<void> {
  const signals = new EventEmitter()
  const exited = once(signals, 'exited')
  const exit = (code: number) => signals.emit('exited', code)
  const process = Object.assign(signals, { exit, stderr: { write: () => true }, env })
  await hostService(process as unknown as NodeJS.Process, {
    load,
    redactor: (secrets) => createRedactor({ secrets }),
    start,
  })
  onTestFinished(async () => {
    signals.emit('SIGTERM')
    await exited
  })
}

/** Starts the receiver as a process: in this one the values of the sender are known to each redactor. */
async function startReceiver(env: Readonly<Record<string, string>>, url: string) {
  const args = [...runSourceFlags(), RECEIVER]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const answers = () => fetch(url).then(Boolean, () => false)
  await expect.poll(answers, { timeout: 60_000, interval: 50 }).toBe(true)
  return { printed: () => printed }
}

/** Both services of a family in a folder of its own, with what prints a line of `shop`. */
async function openFamily(policy: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-leak-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, '.env')
  const family = join(folder, 'family.json')
  const [one = 0, two = 0, three = 0, four = 0] = await findFreePorts(4)
  const at = (port: number) => `http://127.0.0.1:${port}`
  const deployment = {
    ...{ services: ['shop', 'stock'], secrets: { 'api-key': ['shop:stock'] } },
    ...{ environment: 'development', store: { locator: `dotenv:${path}` }, journal: 'store' },
    fleet: [
      { service: 'shop', url: at(one), healthUrl: at(two) },
      { service: 'stock', url: at(three), healthUrl: at(four) },
    ],
    ...{ validationMs: 1_000, auditDirectory: join(folder, 'audit'), policy },
  }
  await writeFile(family, JSON.stringify(deployment))
  await runRekey(['issue', 'api-key', 'shop:stock', '--env', path])
  const env = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: `dotenv:${path}` }
  const ports = (port: number, health: number) => ({ PORT: `${port}`, HEALTH_PORT: `${health}` })
  const receiver = await startReceiver({ ...env, ...ports(three, four) }, at(three))
  const made: { log?: () => string; call?: () => Promise<Response>; key?: () => string } = {}
  await host(
    { ...env, ...ports(one, two) },
    (options) => loadService(shop, options),
    ({ secrets, redactor }) => {
      const key = () => secrets.stock.current.value.expose().text.expose()
      made.key = key
      made.log = () => redactor.redact(JSON.stringify({ msg: key() }))
      const send = withApiKey(secrets.stock, { origins: [at(three)] })(fetch)
      made.call = () => send(at(three))
      return Promise.resolve({ listener: createServer(LISTENER_LIMITS) })
    },
  )
  const status = async () => {
    const { code, stdout, stderr } = await runRekey(['status', '--family', family])
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }
  const get = async (route: string, port = two) => (await fetch(`${at(port)}${route}`)).text()
  /** Whether `stock` accepts a key. */
  const accepts = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` }
    return (await fetch(at(three), { headers })).status === 200
  }
  const health = `127.0.0.1:${two}`
  const ofReceiver = {
    printed: receiver.printed,
    request: (path: string) => get(path, three),
    report: (route: string) => get(route, four),
  }
  return { folder, family, health, status, get, accepts, ofReceiver, ...made }
}

it('a key that a service was about to print is in its metrics, its readiness and `rekey status`, until it is rotated', async () => {
  const { family, status, get, log, call } = await openFamily()
  expect(await status()).not.toContain('LEAK')
  expect(await get('/health/ready')).toContain('"leaks":true')
  expect([log?.(), log?.()].join()).toContain('[secret API_KEY_SHOP_STOCK@')
  expect(await get('/metrics')).toMatch(
    /rekey_secret_leaks_total\{.*secret="API_KEY_SHOP_STOCK".*,encoding="text",channel="log",call_site="test\/e2e\/counted-leak\.test\.ts:\d+"\} 2\n/,
  )
  expect(await get('/health/ready')).toMatch(/"ready":true.*"leaks":false/)
  expect(await status()).toMatch(
    /LEAK: \S+ masked \w+ in 2 lines \(text, log, first at test\/e2e\/\S+\): rotate it with/,
  )

  const args = ['rotate', ...KEY.split(' '), '--compromised', '--family', family]
  expect(await runRekey(args)).toMatchObject({ code: 0 })
  expect(await status()).not.toContain('LEAK')
  expect(await get('/health/ready')).toContain('"leaks":true')
  expect((await call?.())?.status).toBe(200)
}, 120_000)

it('L6: a key in the log of its receiver is counted, reported, and rotated, after 1,000 foreign texts', async () => {
  const leaks = { rotate: ['api-key'] }
  const { family, status, ofReceiver, key, accepts } = await openFamily({ leaks })
  const { request, report, printed } = ofReceiver
  const foreign = Array.from({ length: 1_000 }, (_, i) => `/rk_dev_x${i}`)
  foreign.push(`/${issueApiKey({ environment: 'dev' }).text.expose()}`)
  for (const path of foreign) await request(path)
  await expect.poll(() => printed().match(/GET \/\[secret api key\]/g)).toHaveLength(1_001)
  expect(await report('/metrics')).not.toContain('rekey_secret_leaks_total{')
  expect(await status()).not.toContain('LEAK')

  const old = key?.() ?? ''
  await request(`/${old}`)
  await expect
    .poll(() => report('/metrics'))
    .toMatch(
      /rekey_secret_leaks_total\{.*secret="API_KEY_SHOP_STOCK".*,version="\w+",.*channel="stdout",call_site="test\/e2e\/stock-main\.ts:\d+"\} 1\n/,
    )
  expect(await report('/health/secrets')).toMatch(/"leaks":\[\{"encoding":"text"/)
  expect(await status()).toMatch(/LEAK: \S+ masked \w+ in 1 lines \(text, stdout, first at test/)
  expect(printed()).not.toContain(old)

  const { code, stdout } = await runRekey(['leaks', 'rotate', '--family', family])
  expect([code, stdout]).toEqual([0, expect.stringContaining('is at')])
  expect([await accepts(old), await accepts(key?.() ?? '')]).toEqual([false, true])
  expect(await status()).not.toContain('LEAK')
}, 120_000)

it.runIf(prometheus.found)(
  'a real Prometheus with the rules of deploy/ fires RekeySecretLeaked for it',
  async () => {
    const { folder, health, log } = await openFamily()
    const [port = 0] = await findFreePorts(1)
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: [{ job_name: 'rekey', static_configs: [{ targets: [health] }] }],
    }
    const file = join(folder, 'prometheus.yml')
    await writeFile(file, JSON.stringify(config))
    const child = spawn(
      prometheus.path,
      [
        ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`],
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    const ask = async (path: string): Promise<string> => {
      try {
        return await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).text()
      } catch {
        return 'it does not listen yet'
      }
    }
    const patience = { timeout: 90_000, interval: 250 }
    await expect.poll(() => ask('query?query=rekey_secret_state'), patience).toContain('"1"')
    expect(await ask('alerts')).not.toContain('RekeySecretLeaked')
    log?.()
    await expect
      .poll(() => ask('alerts'), patience)
      .toMatch(
        /"alertname":"RekeySecretLeaked"[^}]*"secret":"API_KEY_SHOP_STOCK".*"state":"firing"/,
      )
  },
  240_000,
)

const ROUNDS = 20
const P95_LIMIT_MS = 10_000

it('where the family lets it, a key that was about to be printed is refused within ten seconds, time after time', async () => {
  const leaks = { rotate: ['api-key'], every: '0 s', atMost: 100 }
  const { folder, family, accepts, log, key } = await openFamily({ leaks })
  const args = ['leaks', 'rotate', '--family', family, '--every-ms', '250', '--json']
  const rekey = startRekey(args, {})
  const took: number[] = []
  const keys = new Set<string>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const old = key?.() ?? ''
    keys.add(old)
    const startedAt = performance.now()
    log?.()
    await expect.poll(() => accepts(old), { timeout: 60_000, interval: 20 }).toBe(false)
    took.push(performance.now() - startedAt)
    await expect.poll(() => accepts(key?.() ?? ''), { timeout: 60_000, interval: 20 }).toBe(true)
  }
  const p95 = took.toSorted((a, b) => a - b)[Math.ceil(ROUNDS * 0.95) - 1]
  console.log(`planted leak to refusal: p95 ${Math.round(p95 ?? NaN)} ms of ${ROUNDS}`)
  expect(p95).toBeLessThan(P95_LIMIT_MS)
  expect(keys.size).toBe(ROUNDS)

  const rotated = () => rekey.output().match(/"type":"rotated"/g)?.length
  await expect.poll(rotated, { timeout: 60_000 }).toBe(ROUNDS)
  rekey.process.kill('SIGTERM')
  // 4 if it was just looking.
  expect(await rekey.exitCode).toBeOneOf([0, 4])
  const trails = await Promise.all(
    (await readdir(join(folder, 'audit'))).map((file) =>
      readFile(join(folder, 'audit', file), 'utf8'),
    ),
  )
  expect(trails.join('').match(/"action":"leak"/g)).toHaveLength(ROUNDS)
  for (const old of keys) expect(`${rekey.output()}${trails.join('')}`).not.toContain(old)
}, 240_000)
