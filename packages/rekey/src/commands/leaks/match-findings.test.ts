import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { openStoreJournal } from '../../journal/store-journal.ts'
import { Secret } from '@rekey/secret'
import { fingerprintOf } from '@rekey/config-loader/internal/store'
import { openDotenvStore } from '@rekey/config-loader/store'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'

const NAME = 'API_KEY_SHOP_STOCK'
const newKey = () => issueApiKey({ environment: 'dev' }).text.expose()

/** A family in a `.env` file whose journal knows that `dead` was replaced by `live`. */
async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-match-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [live, dead] = [newKey(), newKey()]
  const path = join(folder, '.env')
  const store = await openDotenvStore({ path })
  await store.create(NAME, Secret.of(live, NAME))
  const journal = await openStoreJournal(store, { secrets: [NAME] })
  const claim = await journal.claim(NAME, 'test', 10_000)
  await claim.setIntent({
    mode: 'emergency',
    from: { version: fingerprintOf(NAME, dead) },
    to: { version: fingerprintOf(NAME, live) },
    outcome: { secret: NAME, version: fingerprintOf(NAME, live) },
  })
  await claim.release()
  const at = 'http://127.0.0.1:9'
  const family = {
    ...{ services: ['shop', 'stock'], secrets: { 'api-key': ['shop:stock'] } },
    ...{ environment: 'development', store: { locator: `dotenv:${path}` }, journal: 'store' },
    fleet: ['shop', 'stock'].map((service) => ({ service, url: at, healthUrl: at })),
    ...{ validationMs: 0, auditDirectory: join(folder, 'audit') },
  }
  await writeFile(join(folder, 'family.json'), JSON.stringify(family))
  /** Runs the command on a report, as text or as JSON. */
  const match = async (report: unknown, flags: readonly string[] = ['--json']) => {
    const file = join(folder, 'report')
    await writeFile(file, typeof report === 'string' ? report : JSON.stringify(report))
    const args = ['leaks', 'match', file, '--family', join(folder, 'family.json'), ...flags]
    const run = await runProgram(args)
    expect([live, dead].filter((key) => run.output.includes(key))).toEqual([])
    return run
  }
  return { live, dead, match }
}

const sarif = (texts: readonly string[]) => ({
  version: '2.1.0',
  runs: [
    {
      results: texts.map((text, index) => ({
        ruleId: 'rekey-api-key',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: `src/${index}.ts` },
              region: { startLine: 3, snippet: { text } },
            },
          },
        ],
      })),
    },
  ],
})

it('tells live, replaced and foreign values of a SARIF file apart, with the command to type next', async () => {
  const { live, dead, match } = await setUp()
  const hex = Buffer.from(live).toString('hex')
  const run = await match(sarif([live, dead, newKey(), `token: "${live}"`, hex, 'REDACTED']))
  expect(run.code).toBe(1)
  const common = { type: 'finding', rule: 'rekey-api-key', line: 3 }
  const ours = { secret: 'api-key shop:stock' }
  const isLive = {
    ...{ ...common, ...ours, verdict: 'live', stage: 'current' },
    version: fingerprintOf(NAME, live),
    next: 'rekey rotate api-key shop:stock --compromised',
  }
  expect(run.lines()).toEqual([
    { ...isLive, place: 'src/0.ts' },
    { ...common, ...ours, verdict: 'dead', version: fingerprintOf(NAME, dead), place: 'src/1.ts' },
    { ...common, verdict: 'not ours', place: 'src/2.ts' },
    { ...isLive, place: 'src/3.ts' },
    { ...isLive, place: 'src/4.ts' },
    { ...common, verdict: 'hidden', place: 'src/5.ts' },
    { type: 'matched', live: 3, dead: 1, notOurs: 1, hidden: 1, byHand: 0, notCompared: 0 },
  ])
})

it('reads the own JSON of gitleaks, and ends with 0 if nothing is live', async () => {
  const { dead, match } = await setUp()
  const finding = { RuleID: 'generic-api-key', File: 'a\u001b[2J.ts', StartLine: 9 }
  const run = await match([
    { ...finding, Secret: dead },
    { ...finding, Secret: randomBytes(24).toString('base64') },
  ])
  expect(run.code).toBe(0)
  expect(run.lines()).toMatchObject([
    { verdict: 'dead', rule: 'generic-api-key', place: 'a?[2J.ts', line: 9 },
    { verdict: 'not ours' },
    { type: 'matched', live: 0, dead: 1, notOurs: 1 },
  ])
  expect((await match([{ ...finding, Secret: dead }], [])).output).toContain(
    'api-key shop:stock, version',
  )
})

it('a report that hides its texts is no good news', async () => {
  const { live, match } = await setUp()
  const run = await match([{ RuleID: 'x', File: 'a', Secret: `${live.slice(0, 8)}...` }, {}])
  expect(run.code).toBe(1)
  expect(run.lines().at(-1)).toMatchObject({ hidden: 2 })
})

it.each(['', '{', 'null', '{"runs":[{}]}', '[{"Secret":7}]', '[[]]'])(
  'refuses %s, which is no report',
  async (report) => {
    const { match } = await setUp()
    const run = await match(report)
    expect(run.code).toBe(2)
    expect(run.lines()).toMatchObject([{ type: 'failure', code: 'usage' }])
  },
)
