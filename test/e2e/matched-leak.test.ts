import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
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
