import { collectCanaries, type NewText, newCanary } from '../canary.ts'
import type { ErrorPath, ErrorPaths, Job } from '../error-path.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const NAME = 'KEY'

/** A locator, and a sources file. */
export const locatePaths: ErrorPaths<FixtureFiles> = {
  'a URL with a password in the place of a locator': jobWith('malformed', (text) => ({
    locator: `postgresql://app:${text('password')}@db/app`,
  })),
  'a secret after env': jobWith('malformed', (text) => ({ locator: `env:${text('value')}` })),
  'an unknown way to log in': jobWith('malformed', (text) => ({
    locator: 'vault:secret/rekey',
    env: {
      VAULT_ADDR: 'http://127.0.0.1:1',
      REKEY_VAULT_AUTH: text('variable'),
      VAULT_TOKEN: text('token'),
    },
  })),
  'a token in the place of an address': jobWith('malformed', (text) => ({
    locator: 'vault:secret/rekey',
    env: { VAULT_ADDR: text('address'), VAULT_TOKEN: text('token') },
  })),
  'an address with a password in it': jobWith('refused', (text) => ({
    locator: 'vault:secret/rekey',
    env: {
      VAULT_ADDR: `http://app:${text('password')}@127.0.0.1:1`,
      VAULT_TOKEN: text('token'),
    },
  })),
  'a sources file that is no JSON': sourcesWith((text) => `{"sources": ${text('text')}`),
  'a sources file that begins with a secret': sourcesWith((text) => text('text')),
  'a field that does not exist': sourcesWith((text) =>
    JSON.stringify({ sources: { main: 'env' }, default: 'main', [text('field')]: text('value') }),
  ),
  'a rule that names a source which does not exist': sourcesWith((text) =>
    JSON.stringify({ sources: { main: 'env' }, default: text('source') }),
  ),
  'a secret in the place of a name': sourcesWith((text) =>
    JSON.stringify({
      sources: { [text('source')]: 'env', main: 'env' },
      default: 'main',
      secrets: { [`${text('name')}.`]: 'main' },
    }),
  ),
  'a database URL with a login': sourcesWith((text) =>
    JSON.stringify({
      sources: {
        logins: {
          credentials: 'database/creds/app',
          url: `postgresql://app:${text('password')}@db/app`,
        },
      },
      secrets: { DATABASE_FRONTEND: 'logins' },
    }),
  ),
  'a duration that is none': sourcesWith((text) =>
    JSON.stringify({ sources: { main: 'env' }, default: { from: 'main', ttl: text('duration') } }),
  ),
  'a secret that is nowhere': {
    code: 'missing',
    async provoke(files) {
      const value = newCanary('value')
      const file = { sources: { main: 'env' }, secrets: { OTHER: 'main' } }
      const locator = `file:${await files.write(JSON.stringify(file))}`
      const job = { locator, env: { [NAME]: value.text }, act: 'read', name: NAME }
      return { job, canaries: [value] }
    },
  },
}

function jobWith(
  code: ErrorPath<FixtureFiles>['code'],
  job: (text: NewText) => Partial<Job> & Pick<Job, 'locator'>,
): ErrorPath<FixtureFiles> {
  return {
    code,
    provoke() {
      const { text, canaries } = collectCanaries()
      return { job: { act: 'read', name: NAME, ...job(text) }, canaries }
    },
  }
}

function sourcesWith(content: (text: NewText) => string): ErrorPath<FixtureFiles> {
  return {
    code: 'malformed',
    async provoke(files) {
      const { text, canaries } = collectCanaries()
      const locator = `file:${await files.write(content(text))}`
      return { job: { locator, act: 'read', name: NAME }, canaries }
    },
  }
}
