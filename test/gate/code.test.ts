import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Family, openFamily } from './family.ts'
import { runGateCommand } from './run-gate.ts'

let family: Family
beforeEach(async () => {
  family = await openFamily()
})
afterEach(() => family[Symbol.asyncDispose]())

/** What the gate finds in code; its linter reads `linted` alone. */
async function findingsOf(
  check: string,
  linted = 'eslint.config.js',
): Promise<GateReport['findings']> {
  const args = ['--json', '--root', family.root, linted]
  const { stdout, stderr, exitCode } = await runGateCommand(args)
  if (exitCode > 1) throw new Error(stderr)
  return (JSON.parse(stdout) as GateReport).findings.filter((finding) => finding.check === check)
}

describe('comments that switch rules off', { timeout: 60_000 }, () => {
  const EXPLAINED = [
    '// eslint-disable-next-line @rekey/no-secret-in-logs -- the operator reads it',
    '// eslint-disable-next-line no-console',
    '/* eslint no-console: "off" */',
    '/* eslint-disable-next-line no-console -- the operator reads it */',
    '/* eslint-disable no-console --- it is a command */',
    '/* eslint-enable no-console */',
    '// eslint is told so in its configuration',
    '// eslint-disable no-console',
    "export const text = '// eslint-disable-line no-console'",
    '/* global window */',
  ]
  const REPORTED = [
    '// eslint-disable-next-line @rekey/no-secret-in-logs',
    '// eslint-disable-next-line @rekey/no-secret-in-logs --',
    '// eslint-disable-next-line @rekey/no-secret-in-logs --noisy',
    '// eslint-disable-next-line -- noisy',
    'export const one = 1 // eslint-disable-line',
    '/* eslint-disable */',
    '/* eslint-disable @rekey/no-secret-in-logs */',
    '/* eslint-disable\n   @rekey/no-secret-in-logs */',
    '/* eslint @rekey/no-secret-in-logs: "off" */',
    '/* eslint @rekey/no-secret-in-logs: "off" -- noisy */',
  ]

  it.each([
    ['passes those with a name and a reason, and those of other rules', EXPLAINED, []],
    ['reports all others, each where it is', REPORTED, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]],
  ])('%s', async (_title, comments, lines) => {
    const file = 'services/signing/src/comments.ts'
    await family.plant(file, `${comments.join('\n')}\n`)
    const found = (await findingsOf('lint')).filter(({ where }) => where.file === file)
    expect(found.map(({ rule, where: { line } }) => [rule, line])).toEqual(
      lines.map((line) => ['unexplained-suppression', line]),
    )
  })
})

describe('code that the linter reads', { timeout: 60_000 }, () => {
  const FILE = 'services/signing/src/comments.ts'

  it('may name a rule of a plugin that is not loaded, and no rule of Rekey that there is not', async () => {
    const lines = ['// eslint-disable-next-line other/one', '/* eslint @rekey/none: "error" */']
    await family.plant(FILE, `${lines.join('\n')}\nexport {}\n`)
    const found = (await findingsOf('lint', FILE)).filter(({ where }) => where.file === FILE)
    expect(found).toMatchObject([
      { rule: 'unexplained-suppression', where: { line: 2 } },
      { rule: '@rekey/none', where: { line: 2 } },
    ])
  })
})

describe('declarations of types', { timeout: 60_000 }, () => {
  const FILE = 'services/signing/src/ignored.d.ts'
  const findingsThere = async () => {
    return (await findingsOf('lint')).filter(({ where }) => where.file === FILE)
  }

  it('need no linter, unless code imports them by that name', async () => {
    await family.plant('eslint.config.js', `export default [{ ignores: ['**/*.d.ts'] }]\n`)
    await family.plant(FILE, 'export declare const a: string\n')
    expect(await findingsThere()).toEqual([])
    await family.plant('services/signing/src/reads.ts', "export * from './ignored.d.ts'\n")
    expect(await findingsThere()).toMatchObject([{ rule: 'test-in-production' }])
  })
})

describe('the entry of a service', { timeout: 60_000 }, () => {
  const plantEntries = async (entries: Readonly<Record<string, string>>) => {
    for (const [service, text] of Object.entries(entries)) {
      await family.plant(`services/${service}/src/main.ts`, text)
    }
  }

  it('may call what it imports as it likes', async () => {
    await plantEntries({
      frontend: `import { loadService as open } from '@rekey/config-loader'
import { definition as own } from './secrets.ts'
await open(own, { env: process.env })
`,
      signing: `import * as loader from '@rekey/config-loader'
import * as secrets from './secrets.ts'
await loader.loadService(secrets.definition, { env: process.env })
`,
      certtransparency: `import { loadService } from '@rekey/config-loader'
import { definition } from './secrets.js'
const start = () => loadService(definition, { env: process.env })
await start()
`,
    })
    expect(await findingsOf('startup')).toEqual([])
  })

  it('is not believed to load what it only names like that', async () => {
    await plantEntries({
      frontend: `import { definition } from './secrets.ts'
const loadService = (given: unknown) => given
loadService(definition)
`,
      signing: `import { loadService } from '@rekey/config-loader'
const definition = { name: 'signing', secrets: {} }
await loadService(definition as never, { env: process.env })
`,
      certtransparency: `import { loadService } from '@rekey/config-loader'
import { definition } from './secrets.ts'
export async function load(definition: never) {
  await loadService(definition, { env: process.env })
}
export const name = definition.name
`,
    })
    const found = await findingsOf('startup')
    expect(found.map(({ rule, where: { file, line } }) => [rule, file, line])).toEqual([
      ['other-definition', 'services/certtransparency/src/main.ts', 4],
      ['not-loaded', 'services/frontend/src/main.ts', 1],
      ['other-definition', 'services/signing/src/main.ts', 3],
    ])
  })
})
