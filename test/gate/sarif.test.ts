// @lane servers
import { readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Finding, toSarif } from '@rekey/eslint-plugin/internal/gate'
import Ajv from 'ajv'
import type { Log } from 'sarif'
import { expect, it } from 'vitest'
import { openFamily } from './family.ts'
import { runGateCommand } from './run-gate.ts'

const require = createRequire(import.meta.url)
const readJson = async (name: string) =>
  JSON.parse(await readFile(require.resolve(name), 'utf8')) as object

/** The schema of OASIS as SchemaStore has it, which is a draft-04. */
const ajv = new Ajv({ schemaId: 'id', meta: false, allErrors: true })
ajv.addMetaSchema(await readJson('ajv/lib/refs/json-schema-draft-04.json'))
const validate = ajv.compile(
  await readJson('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'),
)

/** The results of a log that is valid. */
function resultsOf(log: Log) {
  void validate(JSON.parse(JSON.stringify(log)))
  expect(validate.errors).toBeNull()
  return log.runs.flatMap(({ results }) => results ?? [])
}

const finding: Finding = {
  check: 'lint',
  rule: '@rekey/no-secret-in-logs',
  where: { file: 'src/a.ts', line: 12, column: 3, part: 'secrets.oidc' },
  why: 'The key (line 4) reaches console.log.',
  fix: 'log its label',
  related: [{ file: 'src/a.ts', line: 4 }],
  path: { confidence: 'value', steps: [{ line: 4, column: 15, text: 'source: key.expose()' }] },
}

const valid: readonly [string, readonly Finding[]][] = [
  ['no finding', []],
  ['a finding with all that one may have', [finding]],
  [
    'a warning in the history',
    [{ ...finding, level: 'warning', where: { file: 'a', commit: 'f' } }],
  ],
  ['a message about a whole file', [{ ...finding, where: { file: 'a', line: 0, column: 0 } }]],
]
it.each(valid)('the log of %s is as the schema of SARIF 2.1.0 asks', (_title, findings) => {
  expect(resultsOf(toSarif(findings))).toHaveLength(findings.length)
})

it.each(['a#b.ts', 'a?b.ts', 'a b.ts', 'c:/d.ts', '100%.ts', 'ü/ö.ts', 'a\nb.ts', '"a".ts'])(
  'the place of the file %j is a URI relative to the top of the work tree',
  (file) => {
    const [result] = resultsOf(toSarif([{ ...finding, where: { file } }]))
    const uri = result?.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? ''
    const top = 'file:///top/'
    const { href, search, hash } = new URL(uri, top)
    expect([search, hash, decodeURIComponent(href)]).toEqual(['', '', `${top}${file}`])
  },
)

it('the log of the gate and that of the linter are as the schema asks, and name no folder', async () => {
  await using family = await openFamily()
  const file = join(family.root, 'gate.sarif')
  await family.plant('services/signing/src/a leak.ts', 'console.log(secret.expose())\n')
  await family.plant('services/signing/src/half.ts', 'export const half = {\n')
  await family.edit('services/signing/src/secrets.ts', 'ca: caPassphrase(),', '')
  for (const command of [[], ['lint', '--preset', 'strict']]) {
    await runGateCommand([...command, '--root', family.root, '--sarif', file])
    const text = await readFile(file, 'utf8')
    expect(resultsOf(JSON.parse(text) as Log).length).toBeGreaterThan(1)
    expect(text).not.toContain(family.root)
    await rm(file)
  }
})

// docs.github.com, "SARIF results exceed one or more limits" and "Troubleshooting SARIF uploads".
const GITHUB = {
  results: 25_000,
  locations: 1_000,
  steps: 10_000,
  tags: 20,
  gzipBytes: 10 * 10 ** 6,
}

it('a log of more findings than GitHub takes keeps to its limits, and states so', () => {
  const steps = Array.from({ length: 40 }, (_, line) => ({
    line: line + 1,
    column: 1,
    text: `variable value${line}`,
  }))
  const many = Array.from({ length: 40_000 }, (_, index): Finding => {
    const file = `src/${index % 997}/file-${index}.ts`
    const related = [{ file, line: index + 4 }]
    const where = { file, line: index + 1, column: 3 }
    const path = { confidence: 'name' as const, steps }
    return { ...finding, where, related, path, ...(index % 2 === 0 && { level: 'warning' }) }
  })
  const log = toSarif(many)
  const [run] = log.runs
  const results = run?.results ?? []
  expect(results).toHaveLength(GITHUB.results)
  expect(results.filter(({ level }) => level === 'error')).toHaveLength(20_000)
  expect(JSON.stringify(run?.invocations)).toContain('15000 findings are left out')
  const most = (amounts: readonly number[]) => Math.max(...amounts)
  expect(most(results.map(({ locations = [] }) => locations.length))).toBeLessThan(GITHUB.locations)
  const lengths = results.map(
    ({ codeFlows }) => codeFlows?.[0]?.threadFlows[0]?.locations.length ?? 0,
  )
  expect(most(lengths)).toBeLessThan(GITHUB.steps)
  const rules = run?.tool.driver.rules ?? []
  expect(most(rules.map(({ properties }) => properties?.tags?.length ?? 0))).toBeLessThan(
    GITHUB.tags,
  )
  const prints = results.map(({ partialFingerprints }) => partialFingerprints?.['rekeyGate/v1'])
  expect(new Set(prints).size).toBe(GITHUB.results)
  expect(gzipSync(JSON.stringify(log, null, 2)).length).toBeLessThan(GITHUB.gzipBytes)
})
