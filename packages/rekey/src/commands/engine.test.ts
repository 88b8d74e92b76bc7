// @lane servers
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { KEY, openDeployment } from '../../test/commands/shop-and-mail.support.ts'

const run = promisify(execFile)
const TOP = fileURLToPath(new URL('../../../../', import.meta.url))
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const TSX = import.meta.resolve('tsx')
const SECRET = ['api-key', 'shop:mail'] as const

const folder = await mkdtemp(join(tmpdir(), 'rekey-spans-'))
afterAll(() => rm(folder, { recursive: true }))
await symlink(join(TOP, 'node_modules'), join(folder, 'node_modules'))
/** Writes down what of OpenTelemetry was loaded, once the process ends. */
const PROBE = `import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
process.on('exit', () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  writeFileSync(process.env.PROBED, loaded.filter((file) => file.includes('@opentelemetry')).join('\\n'))
})
`
/** As if an SDK had brought an API along that the command cannot find. */
const ELSEWHERE = `import { register } from 'node:module'
globalThis[Symbol.for('opentelemetry.js.api.1')] = {}
register('data:text/javascript,' + encodeURIComponent(\`
export function resolve(name, context, next) {
  if (name !== '@opentelemetry/api') return next(name, context)
  throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
}\`))
`

/** The program that a page of the guide shows under a title. */
async function guideBlock(title: string): Promise<string> {
  const page = await readFile(join(TOP, 'docs/guide/watch.md'), 'utf8')
  return page.split(`**\`${title}\`**\n\n\`\`\`js\n`)[1]?.split('```')[0] ?? ''
}

/** Rotates the key of a deployment by a process of its own that loads these modules first. */
async function rotateAfter(modules: readonly string[], parent: NodeJS.ProcessEnv = {}) {
  const { path, first, gone } = await openDeployment()
  const probed = join(folder, 'probed')
  const imports = await Promise.all(
    [PROBE, ...modules].map(async (text, at) => {
      const file = join(folder, `${at}.mjs`)
      await writeFile(file, text)
      return `--import=${file}`
    }),
  )
  const family = join(dirname(path), 'family.json')
  const args = [`--import=${TSX}`, MAIN, 'rotate', ...SECRET, '--family', family, '--without', gone]
  const env = { ...process.env, ...parent, NODE_OPTIONS: imports.join(' '), PROBED: probed }
  const ended = await run(process.execPath, ['--conditions=@rekey/source', ...args], { env })
  const current = (await readFile(path, 'utf8')).split(`${KEY}=`)[1]?.split('\n')[0] ?? ''
  expect(ended.stdout).toContain(`${KEY} is at`)
  return { ...ended, values: [first, current], loaded: await readFile(probed, 'utf8') }
}

it('makes spans with the module that the guide shows, and none of them has a value', async () => {
  const { stdout, values, loaded } = await rotateAfter([await guideBlock('tracing.mjs')])
  expect(loaded).toContain('@opentelemetry/api/')
  const names = Array.from(stdout.matchAll(/^ {2}name: '(rekey\.[^']+)'/gm), ([, name]) => name)
  const steps = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke']
  const ofSteps = [...steps, 'confirm-revoked'].map((step) => `rekey.rotate.${step}`)
  expect(names).toEqual([...ofSteps, 'rekey.rotate'])
  expect(stdout).toContain(`'rekey.secret.name': '${KEY}'`)
  expect(stdout).toContain(`'deployment.environment.name': 'development'`)
  for (const value of values) expect(stdout).not.toContain(value)
})

it('has its span in the trace that a job of CI names in TRACEPARENT', async () => {
  const [trace, parent] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')]
  const modules = [await guideBlock('tracing.mjs')]
  const { stdout } = await rotateAfter(modules, { TRACEPARENT: `00-${trace}-${parent}-01` })
  const traces = Array.from(stdout.matchAll(/^ {2}traceId: '([^']+)'/gm), ([, id]) => id)
  expect(new Set(traces)).toEqual(new Set([trace]))
  expect(stdout).toContain(`spanId: '${parent}'`)
})

it('loads nothing of OpenTelemetry where no SDK is registered', async () => {
  expect((await rotateAfter([])).loaded).toBe('')
})

it('rotates without spans where the API cannot be found, and warns of it', async () => {
  expect((await rotateAfter([ELSEWHERE])).stderr).toContain(
    'npm install "@opentelemetry/api@^1.9.0"',
  )
})

it('names in the span of a rotation that is stuck the replica that does not answer', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider.register()
  onTestFinished(() => provider.shutdown())
  const { rekey, gone } = await openDeployment()
  expect((await rekey('rotate', ...SECRET, '--deadline-ms', '200')).code).toBe(4)
  const spans = exporter.getFinishedSpans()
  const of = (wanted: string) => spans.find(({ name }) => name === wanted)
  expect(of('rekey.rotate')?.attributes).toMatchObject({
    ...{ 'error.type': 'stuck', 'rekey.step': 'admit', 'rekey.replicas': [gone] },
    'rekey.family.services': ['shop', 'mail'],
  })
  const [wait] = of('rekey.rotate.admit')?.events ?? []
  expect(wait?.attributes).toMatchObject({ 'rekey.replicas': expect.arrayContaining([gone]) as [] })
})
