import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { SecretError } from '@rekey/secret'
import { openDotenvStore } from './store/dotenv-store.ts'
import { createMemoryStore } from './store/memory-store.ts'
import { afterEach, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { env, fresh, NAME, textSpec, unreliable } from '../test/follow/fixture.support.ts'
import { defineService, loadService } from './index.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
provider.register()
afterEach(() => {
  exporter.reset()
})

const definition = defineService({
  ...{ name: 'app', settings: z.object({}), secrets: { text: textSpec() } },
})
const reads = () => exporter.getFinishedSpans().filter(({ name }) => name === 'rekey.secret.read')
const textOf = () =>
  exporter
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) =>
      JSON.stringify({ name, attributes, events, status }),
    )
    .join('\n')

it('makes a span of each read of a secret, at the start and later, and none has a value', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-reads-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, '.env')
  const values = [fresh().expose(), fresh().expose()] as const
  await writeFile(path, `${NAME}=${values[0]}\n`, { mode: 0o600 })
  const source = await openDotenvStore({ path })
  const service = await loadService(definition, { env, source, policy: { ttlMs: 50 } })
  onTestFinished(() => service.close())
  const { version } = service.secrets.text.current
  expect(reads()).toMatchObject([
    {
      attributes: { 'rekey.source': source.locator, 'rekey.secret.name': [NAME] },
      events: [{ attributes: { 'rekey.secret.name': NAME, 'rekey.version.current': version } }],
    },
  ])
  await writeFile(path, `${NAME}=${values[1]}\n`, { mode: 0o600 })
  await expect.poll(() => service.secrets.text.current.version).not.toBe(version)
  const next = service.secrets.text.current.version
  expect(textOf()).toContain(`"rekey.version.current":"${next}"`)
  for (const value of values) expect(textOf()).not.toContain(value)
})

it('gives the span of a read that fails the code of its error, and no message of another library', async () => {
  const value = fresh().expose()
  const source = unreliable(createMemoryStore({ [NAME]: value }))
  const service = await loadService(definition, { env, source, policy: { ttlMs: 20 } })
  onTestFinished(() => service.close())
  source.failure = new SecretError('unreachable', 'it does not answer')
  const failed = (type: string) =>
    reads().find(({ attributes }) => attributes['error.type'] === type)
  await expect
    .poll(() => failed('unreachable'))
    .toMatchObject({
      status: { message: 'it does not answer' },
    })
  const read = () => Promise.reject(new Error(`no login with ${value}`))
  const careless = loadService(definition, { env, source: { locator: 'careless', read } })
  await expect(careless).rejects.toThrow()
  expect(failed('_OTHER')).toBeDefined()
  expect(textOf()).not.toContain(value)
})
