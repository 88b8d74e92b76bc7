import { readFile, writeFile } from 'node:fs/promises'
import { issueApiKey } from '@rekey/api-key-auth'
import { type Canary, newCanary, randomText } from '../canary.ts'
import type { ErrorPath, ErrorPaths } from '../error-path.ts'
import { loadFrontend } from '../load-frontend.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const ENVIRONMENT = { REKEY_ENVIRONMENT: 'development' }

/** The sealed snapshot from which a service starts while its store is down. */
export const lastGoodPaths: ErrorPaths<FixtureFiles> = {
  'nothing at all': snapshotWith('none', {}),
  'another key': snapshotWith('startup-refused', { key: () => randomText() }),
  'a key that is too short': snapshotWith('startup-refused', { key: (key) => key.slice(0, 30) }),
  'a snapshot that is too old': snapshotWith('startup-refused', { maxAgeMs: 1 }),
  'a snapshot that was changed': snapshotWith('startup-refused', {
    change: (text) => text.replace(/("text":")(.)/, (_, head: string) => `${head}!`),
  }),
  'a snapshot that was cut off': snapshotWith('startup-refused', {
    change: (text) => text.slice(0, -40),
  }),
  'a snapshot in plain text': snapshotWith('startup-refused', {
    change: (_, values) => values.join('\n'),
  }),
  'JSON of another kind in its place': snapshotWith('startup-refused', {
    change: (_, values) => JSON.stringify({ format: values[0], text: values[1] }),
  }),
}

interface Rest {
  readonly key?: (key: string) => string
  readonly maxAgeMs?: number
  readonly change?: (text: string, values: readonly string[]) => string
}

/** A service that has started once is started again while nothing answers. */
function snapshotWith(
  code: ErrorPath<FixtureFiles>['code'],
  { key: keyOf = (key) => key, maxAgeMs, change }: Rest,
): ErrorPath<FixtureFiles> {
  return {
    code,
    async provoke(files) {
      const [key, password, apiKey] = [newCanary('key'), newCanary('password'), newApiKey()]
      const path = `${await files.directoryOf({})}/last-good`
      const env = {
        ...ENVIRONMENT,
        API_KEY_FRONTEND_SIGNING: apiKey.whole,
        DATABASE_FRONTEND: `postgresql://app:dev-${password.text}@db:5432/app`,
      }
      const first = { locator: 'env', env, act: 'load', lastGood: { path, key: key.text } }
      await loadFrontend(first, () => undefined)
      const values = [password.text, apiKey.whole]
      if (change) await writeFile(path, change(await readFile(path, 'utf8'), values))
      const lastGood = { path, key: keyOf(key.text), ...(maxAgeMs !== undefined && { maxAgeMs }) }
      const nowhere = { ...ENVIRONMENT, KUBECONFIG: await files.write(UNREACHABLE) }
      return {
        job: { locator: 'kubernetes:vpn', env: nowhere, act: 'load', lastGood },
        canaries: [key, newCanary('other key', lastGood.key), password, apiKey.canary],
      }
    },
  }
}

/** The secret part alone: the key id may be seen. */
function newApiKey(): { readonly whole: string; readonly canary: Canary } {
  const whole = issueApiKey({ environment: 'dev' }).text.expose()
  return { whole, canary: newCanary('API key', whole.slice(-50)) }
}

/** A kubeconfig for a port where nobody listens. JSON is YAML too. */
const UNREACHABLE = JSON.stringify({
  clusters: [{ name: 'here', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'here', user: { token: 'none' } }],
  contexts: [{ name: 'here', context: { cluster: 'here', user: 'here' } }],
  'current-context': 'here',
})
