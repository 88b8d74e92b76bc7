import { EventEmitter, once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createRedactor } from '@rekey/log-redactor'
import { createMemoryStore } from '../store/memory-store.ts'
import { type DisposalStack, Secret } from '@rekey/secret'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineService, loadService } from '../index.ts'
import { runService } from './index.ts'

const definition = defineService({ name: 'app', settings: z.object({}), secrets: {} })

/** The part of a process that `runService` uses. */
function createProcess() {
  const lines: string[] = []
  const signals = new EventEmitter()
  const exited = once(signals, 'exited')
  const exit = (code: number) => signals.emit('exited', code)
  const stderr = { write: (text: string) => lines.push(text) }
  const process = Object.assign(signals, { exit, stderr, env: {} }) as unknown as NodeJS.Process
  return { process, lines, exited, kill: () => signals.emit('SIGTERM') }
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts with three resources, of which the second cannot be closed. */
async function open(own: DisposalStack, closed: string[]) {
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: createMemoryStore({}) })
  own.use(service, 'secrets')
  for (const name of ['pool', 'broken', 'listener']) {
    own.defer(() => {
      closed.push(name)
      return name === 'broken' ? Promise.reject(new Error('a value')) : Promise.resolve()
    }, name)
  }
  return { service, healthPort: 0 }
}

test('on SIGTERM a resource that cannot be closed leaves no other open, and is named', async () => {
  const { process, lines, exited, kill } = createProcess()
  const closed: string[] = []
  await runService(process, (own) => open(own, closed))
  kill()
  expect(await exited).toEqual([1])
  expect(closed).toEqual(['listener', 'broken', 'pool'])
  expect(lines.join('')).toContain('not closed: broken (failed)')
  expect(lines.join('')).not.toContain('a value')
})

test('on SIGTERM during the start what is open is closed, what opens later too, and nothing is reported', async () => {
  const { process, lines, exited, kill } = createProcess()
  const closed: string[] = []
  const resource = (name: string) => ({
    [Symbol.asyncDispose]: () => Promise.resolve(void closed.push(name)),
  })
  let goOn: () => void = () => undefined
  const running = runService(process, async (own) => {
    own.use(resource('first'), 'first')
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    own.use(resource('late'), 'late')
    throw new Error('not reached')
  })
  kill()
  expect(await exited).toEqual([0])
  goOn()
  await running
  expect(closed).toEqual(['first', 'late'])
  expect(lines).toEqual([])
})

test('a service that cannot start closes what it has opened', async () => {
  const { process, exited } = createProcess()
  const closed: string[] = []
  await runService(process, async (own) => {
    await open(own, closed)
    throw new Error('no port')
  })
  expect(await exited).toEqual([1])
  expect(closed).toEqual(['listener', 'broken', 'pool'])
})

test('a service whose health port is taken closes what it has opened', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const { process, exited, lines } = createProcess()
  const closed: string[] = []
  await runService(process, async (own) => {
    const { port } = taken.address() as AddressInfo
    return { ...(await open(own, closed)), healthPort: port }
  })
  expect(await exited).toEqual([1])
  expect(lines.join('')).toContain('the port is taken')
  expect(closed).toEqual(['listener', 'broken', 'pool'])
})

/** A service that has been about to print a value, with what it printed and recorded of that. */
async function leakOnce(auditDirectory: string) {
  const { process, lines, exited, kill } = createProcess()
  process.env['REKEY_AUDIT_DIRECTORY'] = auditDirectory
  const secret = Secret.of(randomBytes(32).toString('base64url'), 'API_KEY')
  const redactor = createRedactor({ secrets: [] })
  redactor.add(secret)
  await runService(process, async (own, redactWith) => {
    redactWith(redactor)
    return open(own, [])
  })
  for (let line = 0; line < 3; line += 1) redactor.redact(secret.expose())
  await setImmediate()
  kill()
  await exited
  const printed = lines.flatMap((line) =>
    line.startsWith('{') ? [JSON.parse(line) as object] : [],
  )
  return { printed, all: lines.join(''), value: secret.expose() }
}

test('a value that was about to be printed is one line and one event of the audit log, with the code that printed it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-leak-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const audit = join(directory, 'audit')
  const { printed, all, value } = await leakOnce(audit)
  const leak = { encoding: 'text', channel: 'log' }
  const callSite = expect.stringMatching(/run-service\.test\.ts:\d+$/) as string
  expect(printed).toEqual([
    expect.objectContaining({ type: 'leak', secret: 'API_KEY', ...leak, callSite, level: 50 }),
  ])
  const text = await readFile(join(audit, 'audit-000000000001.jsonl'), 'utf8')
  const [, event = ''] = text.split('\n')
  expect(JSON.parse(event)).toMatchObject({
    ...{ actor: 'app', action: 'leak', subject: 'API_KEY', outcome: 'refused' },
    details: { ...leak, callSite, replica: expect.any(String) as string },
  })
  expect(`${all}${text}`).not.toContain(value)
})

test('a secret too weak to be masked wherever it appears is one line', async () => {
  const { process, lines, exited, kill } = createProcess()
  const redactor = createRedactor({ secrets: [] })
  redactor.add(Secret.of('changeme', 'API_KEY'))
  await runService(process, async (own, redactWith) => {
    redactWith(redactor)
    return open(own, [])
  })
  kill()
  await exited
  const printed = lines.filter((line) => line.includes('unmaskable'))
  expect(printed.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ type: 'unmaskable', secret: 'API_KEY', level: 50 }),
  ])
})

test.each(['production', 'test'])(
  'L1: a secret that is not found is a line, a metric and, in production, a failed check: %s',
  async (environment) => {
    const { process, lines, exited, kill } = createProcess()
    process.env['REKEY_ENVIRONMENT'] = environment
    const healthPort = await findPort()
    const listeners: ((name: string) => void)[] = []
    await runService(process, async (own, redactWith) => {
      const watchUnfound = (listener: (name: string) => void) => listeners.push(listener)
      redactWith({ redact: (text) => text, watchUnfound })
      return { ...(await open(own, [])), healthPort }
    })
    const get = (path: string) => fetch(`http://127.0.0.1:${healthPort}${path}`)
    expect((await get('/health/ready')).status).toBe(200)
    for (const name of ['API_KEY', 'API_KEY']) listeners[0]?.(name)
    const ready = await get('/health/ready')
    const kind = environment === 'production' ? 'checks' : 'warnings'
    expect(await ready.json()).toMatchObject({ [kind]: { masking: false } })
    expect(ready.status).toBe(environment === 'production' ? 503 : 200)
    const metrics = await (await get('/metrics')).text()
    expect(metrics).toContain('rekey_redactor_unfound_secrets{service="app"} 1\n')
    kill()
    await exited
    const printed = lines.filter((line) => line.includes('unfound'))
    expect(printed.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ type: 'unfound', secret: 'API_KEY', level: 50 }),
    ])
  },
)

test('a leak that cannot be recorded is reported as such', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-leak-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'audit')
  await writeFile(file, '')
  const { printed } = await leakOnce(file)
  expect(printed).toMatchObject([
    { type: 'leak' },
    { type: 'leak-not-recorded', secret: 'API_KEY', code: expect.any(String) as string },
  ])
})
