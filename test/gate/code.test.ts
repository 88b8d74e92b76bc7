import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Family, openFamily } from './family.ts'
import { runGateCommand } from './run-gate.ts'

let family: Family
beforeEach(async () => {
  family = await openFamily()
})
afterEach(() => family[Symbol.asyncDispose]())

/** What the gate itself finds in code; the linter reads none of it. */
async function findingsOf(check: string): Promise<GateReport['findings']> {
  const args = ['--json', '--root', family.root, 'eslint.config.js']
  const { stdout, stderr, exitCode } = await runGateCommand(args)
  if (exitCode > 1) throw new Error(stderr)
  return (JSON.parse(stdout) as GateReport).findings.filter((finding) => finding.check === check)
}

describe('comments that switch rules off', { timeout: 60_000 }, () => {
  const EXPLAINED = [
    '// eslint-disable-next-line no-console -- the operator reads it',
    '/* eslint-disable-next-line no-console -- the operator reads it */',
    '/* eslint-disable no-console --- it is a command */',
    '/* eslint-enable no-console */',
    '// eslint is told so in its configuration',
    '// eslint-disable no-console',
    "export const text = '// eslint-disable-line no-console'",
    '/* global window */',
  ]
  const REPORTED = [
    '// eslint-disable-next-line no-console',
    '// eslint-disable-next-line no-console --',
    '// eslint-disable-next-line no-console --noisy',
    '// eslint-disable-next-line -- noisy',
    'export const one = 1 // eslint-disable-line',
    '/* eslint-disable */',
    '/* eslint-disable no-console */',
    '/* eslint-disable\n   no-console */',
    '/* eslint no-console: "off" */',
    '/* eslint no-console: "off" -- noisy */',
  ]

  it.each([
    ['passes those with a name and a reason', EXPLAINED, []],
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
