import { collectCanaries, newCanary, type NewText, randomText } from '../canary.ts'
import type { ErrorPath, ErrorPaths } from '../error-path.ts'
import type { FixtureFiles } from '../fixture-files.ts'

const NAME = 'KEY'

/** Variables, and the files that they name. */
export const envPaths: ErrorPaths<FixtureFiles> = {
  'nothing at all': fileWith('none', (text) => text),
  'a value and a file at once': {
    code: 'malformed',
    async provoke(files) {
      const [value, content] = [newCanary('value'), newCanary('file')]
      const env = { [NAME]: value.text, [`${NAME}_FILE`]: await files.write(content.text) }
      return { job: { locator: 'env', env, act: 'read', name: NAME }, canaries: [value, content] }
    },
  },
  'only a pending value': {
    code: 'missing',
    provoke() {
      const value = newCanary('value')
      const env = { [`${NAME}__PENDING`]: value.text }
      return { job: { locator: 'env', env, act: 'read', name: NAME }, canaries: [value] }
    },
  },
  'a value in the place of a path': {
    code: 'missing',
    provoke() {
      const value = newCanary('value')
      const env = { [`${NAME}_FILE`]: value.text }
      return { job: { locator: 'env', env, act: 'read', name: NAME }, canaries: [value] }
    },
  },
  'a value in the place of a name': {
    code: 'malformed',
    provoke() {
      const value = newCanary('value', `${randomText()}-.`)
      const env = { [NAME]: value.text }
      return { job: { locator: 'env', env, act: 'read', name: value.text }, canaries: [value] }
    },
  },
  'a file that is no UTF-8': fileWith('malformed', (text) => Buffer.from(`${text}é`, 'latin1')),
  'a file with a NUL byte': fileWith('malformed', (text) => `${text}\0`),
  'a file with a byte order mark': fileWith('malformed', (text) => `\uFEFF${text}`),
  'a file that is too large': fileWith('malformed', (text) => text.repeat(2_000)),
  'a file that is empty': fileWith('missing', () => ''),
  'a write to variables': {
    code: 'refused',
    provoke() {
      const value = newCanary('value')
      const job = { locator: 'env', act: 'create', name: NAME, value: value.text }
      return { job, canaries: [value] }
    },
  },
  'settings and secrets that are all wrong': startWith((canary) => ({
    PORT: canary('setting'),
    ISSUER: `no url ${canary('setting')}`,
    API_KEY_FRONTEND_SIGNING: `rk_dev_${canary('API key')}`,
    DATABASE_FRONTEND: `postgresql://app:${canary('password')}@db:port/app`,
  })),
  'a password that ends the URL too early': startWith((canary) => ({
    API_KEY_FRONTEND_SIGNING: canary('API key'),
    DATABASE_FRONTEND: `postgresql://app:${canary('password')}/@#${canary('rest')}@db:5432/app`,
  })),
  'an environment that does not exist': startWith((canary) => ({
    REKEY_ENVIRONMENT: canary('variable'),
  })),
  'an unmarked value in development': startWith((canary) => ({
    REKEY_ENVIRONMENT: 'development',
    DATABASE_FRONTEND: `postgresql://app:${canary('password')}@db:5432/app`,
  })),
}

function fileWith(
  code: 'malformed' | 'missing' | 'none',
  content: (text: string) => string | Buffer,
) {
  return {
    code,
    async provoke(files) {
      const value = newCanary('file')
      const env = { [`${NAME}_FILE`]: await files.write(content(value.text)) }
      return { job: { locator: 'env', env, act: 'read', name: NAME }, canaries: [value] }
    },
  } satisfies ErrorPath<FixtureFiles>
}

/** A start that fails, with canaries wherever they are asked for. */
function startWith(
  variables: (canary: NewText) => Readonly<Record<string, string>>,
): ErrorPath<FixtureFiles> {
  return {
    code: 'startup-refused',
    provoke() {
      const { text, canaries } = collectCanaries()
      return { job: { locator: 'env', env: variables(text), act: 'load' }, canaries }
    },
  }
}
