import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { API_KEY_FORMAT } from '@rekey/api-key-auth/internal'
import { issueApiKey } from '@rekey/api-key-auth'
import { openStoreJournal } from '@rekey/rekey/internal/engine'
import { Secret } from '@rekey/secret'
import { fingerprintOf } from '@rekey/config-loader/internal/store'
import { openDotenvStore } from '@rekey/config-loader/store'
import { runRekey } from '@rekey/test-support'
import { findForTest } from '@rekey/testbed'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FOUND_AT, listenForScanner } from './signed-findings.ts'

const gitleaks = await findForTest('gitleaks')
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
  await claim.setIntent({ mode: 'rollback', from: { version: fingerprintOf(NAME, dead) } })
  await claim.release()
  const at = 'http://127.0.0.1:9'
  const deployment = {
    ...{ services: ['shop', 'stock'], secrets: { 'api-key': ['shop:stock'] } },
    ...{ environment: 'development', store: { locator: `dotenv:${path}` }, journal: 'store' },
    fleet: ['shop', 'stock'].map((service) => ({ service, url: at, healthUrl: at })),
    ...{ validationMs: 0, auditDirectory: join(folder, 'audit') },
  }
  const family = join(folder, 'family.json')
  await writeFile(family, JSON.stringify(deployment))
  return { folder, live, dead, family }
}

describe.runIf(gitleaks.found)('findings of gitleaks itself', () => {
  it.each(['sarif', 'json'])(
    'are live, dead or not ours, from its report as %s',
    async (format) => {
      const { folder, live, dead, family } = await setUp()
      const foreign = newKey()
      await mkdir(join(folder, 'src'))
      const code = [live, dead, foreign].map((key, at) => `const api_key_${at} = "${key}"\n`)
      await writeFile(join(folder, 'src', 'client.js'), code.join(''))
      const report = join(folder, 'report')
      const rules = join(folder, 'gitleaks.toml')
      const rule = `[[rules]]\nid = 'rekey-api-key'\nregex = '''${API_KEY_FORMAT.pattern}'''\n`
      await writeFile(rules, rule)
      const flags = [
        '--config',
        rules,
        '--report-format',
        format,
        '--report-path',
        report,
        '--exit-code',
        '0',
      ]
      if (!gitleaks.found) throw new Error('no gitleaks')
      await promisify(execFile)(gitleaks.path, ['dir', join(folder, 'src'), ...flags])

      const args = ['leaks', 'match', report, '--family', family, '--json']
      const run = await runRekey(args, { SSL_CERT_FILE: '/of/another/program' })
      expect([run.code, run.stderr]).toEqual([1, ''])
      const found = run.lines().map(({ line, verdict }) => [line, verdict])
      expect(found.slice(0, -1).toSorted()).toEqual([
        [1, 'live'],
        [2, 'dead'],
        [3, 'not ours'],
      ])
      for (const key of [live, dead, foreign]) expect(run.stdout).not.toContain(key)
    },
  )
})

it('a listener answers a signed message of a scanner, prints the command to type next, and records the leak', async () => {
  const { folder, live, dead, family } = await setUp()
  const { rekey, send } = await listenForScanner(folder, family)
  const found = [live, dead, newKey()]
  for (const again of [await send(...found), await send(...found)]) {
    const labels = ((await again.json()) as { label: string }[]).map(({ label }) => label)
    expect(labels).toEqual(['true_positive', 'true_positive', 'false_positive'])
  }
  rekey.process.kill('SIGTERM')
  expect(await rekey.exitCode).toBe(0)
  const output = rekey.output()
  expect(output.match(/"verdict":"[a-z ]+"/g)).toEqual(
    ['live', 'dead', 'not ours'].map((verdict) => `"verdict":"${verdict}"`),
  )
  expect(output).toContain('"next":"rekey rotate api-key shop:stock --compromised"')
  const trail = await readFile(join(folder, 'audit', 'audit-000000000001.jsonl'), 'utf8')
  expect(trail.match(/"action":"leak"/g)).toHaveLength(1)
  expect(trail).toContain(FOUND_AT)
  for (const value of [live, dead]) expect(`${output}${trail}`).not.toContain(value)
}, 60_000)
