// @lane servers
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadService, openHealthListener } from '@rekey/config-loader'
import rekey from '@rekey/eslint-plugin'
import { findContradictions, KINDS, lintDefiners, lintGrants } from '@rekey/rekey'
import { generateFiles } from '@rekey/rekey/internal/definitions'
import { runGate } from '@rekey/eslint-plugin/internal/gate'
import { Linter } from 'eslint'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runRekey } from '@rekey/test-support'
import { definition, familyWith } from './licence-family.ts'

const FIRST = `dev-${'first-'.repeat(6)}`
let root: string
let register: string
let close: () => Promise<void>
let value: string
const family = familyWith({}, 'register')

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-seventh-'))
  execFileSync('git', ['init', '--quiet', root])
  register = join(root, 'register')
  await mkdir(join(root, 'services/frontend/src'), { recursive: true })
  await writeFile(join(root, '.env'), `LICENCE_FRONTEND=${FIRST}\n`, { mode: 0o600 })
  const locator = `dotenv:${join(root, '.env')}`
  const env = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: locator }
  const service = await loadService(definition, { env })
  value = service.secrets.licence.current.value.expose()
  const health = await openHealthListener(service, { port: 0 })
  const url = `http://127.0.0.1:${health.port}`
  close = async () => {
    await health.close()
    await service.close()
  }
  const fleet = [{ service: 'frontend', url, healthUrl: url }]
  const module = new URL('licence-family.ts', import.meta.url).href
  const deployment = { store: { locator }, environment: 'development', auditDirectory: root, fleet }
  const args = `${JSON.stringify(deployment)}, ${JSON.stringify(register)}`
  await writeFile(
    join(root, 'family.ts'),
    `import { familyWith } from '${module}'\nexport const family = familyWith(${args})\n`,
  )
  await writeFile(
    join(root, 'services/frontend/src/secrets.ts'),
    `export { definition } from '${module}'\n`,
  )
  await writeFile(join(root, 'eslint.config.js'), 'export default [{}]\n')
  await writeFile(register, FIRST)
})
afterAll(async () => {
  await close()
  await rm(root, { recursive: true })
})

const rekeyOf = (...args: string[]) => runRekey([...args, '--family', join(root, 'family.ts')])

it('the loader reads a secret of a kind that a family brings along', () => {
  expect(value).toBe(FIRST)
})

it('the command line shows it, and rotates it', async () => {
  const status = await rekeyOf('status', '--json')
  expect(status.stdout).toContain('LICENCE_FRONTEND')
  expect(await rekeyOf('rotate', 'licence', 'frontend')).toMatchObject({ code: 0 })
  const held = await readFile(register, 'utf8')
  expect(held).toMatch(/^dev-[0-9a-f]{64}$/)
  expect(await readFile(join(root, '.env'), 'utf8')).toContain(`LICENCE_FRONTEND='${held}'`)
}, 60_000)

it('the gate holds the definitions of the services against it', async () => {
  const scope = { kind: 'staged', lint: [], files: ['family.ts'] } as const
  const report = await runGate({ root, scope, env: {}, report: () => undefined })
  expect(report.covered.access).toBe('1 services, 1 secrets')
  expect(report.findings.filter(({ check }) => check === 'access')).toEqual([])
  const nothing = { ...definition, secrets: {}, file: 'secrets.ts' }
  const found = findContradictions(family, [nothing], { file: 'family.ts' })
  expect(found).toMatchObject([{ rule: 'unused-grant', where: { part: 'secrets.licence' } }])
})

/** The messages of the rule for a service that calls a function. */
const lint = (service: string, code: string, options: object) => {
  const rules = { 'rekey/service-access': ['error', options] }
  const config = [{ plugins: { rekey }, rules }] as unknown as Linter.Config[]
  const filename = `services/${service}/src/secrets.js`
  return new Linter().verify(`import { ${code} } from 'x'; ${code}()`, config, filename)
}

it('the linter lets a service declare it that is granted it, and no other', () => {
  const grants = { ...lintGrants(family), signing: { kinds: [], callsTo: [], calledBy: [] } }
  const definers = lintDefiners(family)
  expect(lint('frontend', 'licenceKey', { grants, definers })).toEqual([])
  const [message] = lint('signing', 'licenceKey', { grants, definers })
  expect(message?.message).toContain('signing is not granted a secret of the kind licence')
})

it.each([...KINDS.values()])('the linter knows the functions of $kind by itself', ({ spec }) => {
  const grants = { signing: { kinds: [], callsTo: [], calledBy: [] } }
  const functions = Object.values(spec).map(({ name }) => name)
  for (const name of functions) expect(lint('signing', name, { grants })).not.toEqual([])
})

it('.env.example names it', () => {
  const text = generateFiles(definition).find(({ name }) => name === '.env.example')?.text
  expect(text).toContain('# licence: at least 32 characters\nLICENCE_FRONTEND=')
})
