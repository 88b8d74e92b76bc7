import { isSecretVariable } from '@rekey/log-redactor/internal'
import { isServiceName } from '@rekey/secret/internal'
import { KINDS } from '../../family/all-kinds.ts'
import type { FoundVariable } from './survey.ts'

/** A variable that becomes a secret of a kind. */
export interface AdoptedSecret {
  readonly from: FoundVariable
  readonly kind: 'database' | 'oidc-client' | 'integration'
  /** Its purpose, where more is known than its kind. */
  readonly use?: 'signing key' | 'database password'
  /** In the definition: `secrets.stripe`. */
  readonly property: string
  /** As a family names it: the service, and a label for an integration secret. */
  readonly parties: readonly string[]
  /** In a store. */
  readonly name: string
}

/** The variables of a repository, by what becomes of them. */
export interface SortedVariables {
  readonly secrets: readonly AdoptedSecret[]
  readonly settings: readonly FoundVariable[]
  /** Those that tests alone read. */
  readonly testOnly: readonly FoundVariable[]
}

/** Of the platform, a terminal, a package manager or Rekey itself. */
const KNOWN =
  /^(?:NODE_\w+|NEXT_RUNTIME|CI|TZ|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|PATH|PWD|SHELL|EDITOR|TERM|COLUMNS|LANG|LC_\w+|TMPDIR|TEMP|TMP|HOSTNAME|REKEY_\w+|NO_COLOR|FORCE_COLOR|(?:npm|NPM)_\w+|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|XDG_\w+|SUDO_\w+|SystemRoot|windir)$/
/** Variables that a bundler puts into a page are public. */
const PUBLIC = /^(?:NEXT_PUBLIC|NUXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|PUBLIC|GATSBY)_/

const SECRET_KINDS: ReadonlySet<string> = new Set(
  'password token key passphrase login users'.split(' '),
)
/** Parts of a login that are no secret, wherever they go. */
const NO_SECRET = /(?:HOST|PORT|USER|USERNAME|REGION|FILE|PATH|DIR|_ID|_NAME)$/i
/** Last words of names that are about a secret, and are none. */
const ABOUT =
  /_(?:ENDPOINT|EXPIR\w*|LIFETIME|TTL|MAX_AGE|TIMEOUT|ALGORITHM|ALG|AUDIENCE|ISSUER|LENGTH|SIZE|ENABLED|DISABLED|HEADER|COUNT|LIMIT|PREFIX|TYPE|METHODS?|URL|URI|ROUNDS)$/i
/** Keys that open nothing. */
const FIELD_KEY =
  /(?:^|_)(?:MESSAGE|PRIMARY|FOREIGN|SORT|PARTITION|CACHE|ROW|ROUTING|GROUP|TIMESTAMP|LEVEL)_KEY$/
/** URLs of servers to which one logs in by them. */
const SERVER_URL =
  /(?:^|_)(?:DATABASE|DB|POSTGRES(?:QL)?|PG|MYSQL|MARIADB|MONGO(?:DB)?|REDIS|VALKEY|AMQP|RABBITMQ|CLOUDAMQP)(?:_\w+)?_?(?:URL|URI|DSN|CONNECTION_STRING)$/
const SHORT_KEY = /(?:^|_)[A-Z]KEY$/
const POSTGRES_NAME = /^(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG)(?:_\w+)?_(?:URL|URI|DSN)$/
const POSTGRES_CLIENT = /^(?:pg|postgres|slonik|pg-promise|@neondatabase)\b/
const SIGNING_NAME =
  /(?:^|_)(?:JWT|SESSION|SESS|COOKIE|COOKIES|CSRF|SIGNING|ENCRYPTION|APP|AUTH)(?:_\w+)?_(?:SECRET|KEYS?|SALT)$|^(?:JWT|AUTH|NEXTAUTH|BETTER_AUTH|SESSION|COOKIE)_?SECRET$/
const DATABASE_PASSWORD =
  /^(?:PGPASSWORD|(?:DATABASE|DB|POSTGRES|PG|MYSQL|MONGO|REDIS)(?:_\w+)?_PASS(?:WORD|WD)?)$/
const CLIENT_SECRET = /^(?:OIDC|OAUTH2?)(?:_\w+)?_SECRET$|^OIDC_CLIENT_SECRET$/
const ISSUER = /^OIDC_ISSUER$/
const CLIENT_ID = /^OIDC_CLIENT_ID$/

/** Sorts variables into secrets and settings: by the functions that take a value, by its form in a `.env` file, and by its name. */
export function sortVariables(
  variables: readonly FoundVariable[],
  service: string,
  hasPostgres: boolean,
): SortedVariables {
  const used = variables.filter(({ name }) => !KNOWN.test(name))
  const inProgram = used.filter(({ isTestOnly }) => !isTestOnly)
  const secret = inProgram.filter(isSecret)
  const isDeclared = new Set(secret)
  const names = new Set(inProgram.map(({ name }) => name))
  const hasProvider =
    [...names].some((name) => ISSUER.test(name)) && [...names].some((name) => CLIENT_ID.test(name))
  return {
    secrets: withNames(secret, service, (variable) => kindOf(variable, hasPostgres, hasProvider)),
    settings: inProgram.filter((one) => !isDeclared.has(one)),
    testOnly: used.filter(({ isTestOnly }) => isTestOnly),
  }
}

function isSecret({ name, forms, takenAs, isPlain }: FoundVariable): boolean {
  if (PUBLIC.test(name) || isPlain === true) return false
  if (forms.size > 0) return true
  const isTaken = takenAs.some(({ kind }) => SECRET_KINDS.has(kind))
  if (isTaken && !NO_SECRET.test(name)) return true
  const isNamedSo = isSecretVariable(name) && !ABOUT.test(name) && !FIELD_KEY.test(name)
  return isNamedSo || SHORT_KEY.test(name) || SERVER_URL.test(name)
}

function kindOf(
  { name, forms, takenAs }: FoundVariable,
  hasPostgres: boolean,
  hasProvider: boolean,
): Pick<AdoptedSecret, 'kind' | 'use'> {
  const isTakenByPostgres = takenAs.some(({ by }) => POSTGRES_CLIENT.test(by))
  if (/(?:URL|URI|DSN)$/.test(name)) {
    const isPostgres = forms.has('postgres-url') || isTakenByPostgres
    const isNamedSo = forms.size === 0 && hasPostgres && POSTGRES_NAME.test(name)
    return { kind: isPostgres || isNamedSo ? 'database' : 'integration' }
  }
  if (DATABASE_PASSWORD.test(name)) return { kind: 'integration', use: 'database password' }
  const isClientSecret = name.endsWith('CLIENT_SECRET')
  const isKey = takenAs.some(({ kind }) => kind === 'key')
  if (isKey || (SIGNING_NAME.test(name) && !isClientSecret)) {
    return { kind: 'integration', use: 'signing key' }
  }
  return { kind: hasProvider && CLIENT_SECRET.test(name) ? 'oidc-client' : 'integration' }
}

/** A service has one database login and one OIDC client: a second one is an integration secret, to be examined. */
function withNames(
  variables: readonly FoundVariable[],
  service: string,
  kindFor: (variable: FoundVariable) => Pick<AdoptedSecret, 'kind' | 'use'>,
): AdoptedSecret[] {
  const kinds = new Set<string>()
  const labels = new Set([service])
  const properties = new Set<string>(Object.values(PROPERTIES))
  return variables.map((from, index) => {
    const wanted = kindFor(from)
    const kind = kinds.has(wanted.kind) ? 'integration' : wanted.kind
    if (kind !== 'integration') kinds.add(kind)
    const use = wanted.use && { use: wanted.use }
    if (kind !== 'integration') {
      const parties = [service]
      return {
        from,
        kind,
        ...use,
        property: PROPERTIES[kind],
        parties,
        name: nameOf(kind, parties),
      }
    }
    const label = freeLabel(from.name, labels) ?? `secret-${index + 1}`
    labels.add(label)
    const parties = [service, label]
    const camel = camelCase(label)
    const property = properties.has(camel) ? `${camel}Secret` : camel
    properties.add(property)
    return { from, kind, ...use, property, parties, name: nameOf(kind, parties) }
  })
}

const PROPERTIES = { database: 'database', 'oidc-client': 'oidc' } as const

function nameOf(kind: string, parties: readonly string[]): string {
  return KINDS.get(kind)?.storeName(...parties) ?? ''
}

function camelCase(words: string): string {
  return words.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** `STRIPE_API_KEY` is `stripe`, unless that is taken. */
function freeLabel(name: string, taken: ReadonlySet<string>): string | undefined {
  const whole = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const short = whole.replace(
    /-(?:secret|token|password|passwd|passphrase|api-?key|credentials?)$/,
    '',
  )
  return [short, whole, `${whole}-2`].find((label) => isServiceName(label) && !taken.has(label))
}
