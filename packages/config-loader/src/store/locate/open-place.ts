import { resolve } from 'node:path'
import { SecretError, type SecretSource, type SecretStore } from '@rekey/secret'
import { openDotenvStore } from '../dotenv-store.ts'
import { createEnvSource } from '../env-source.ts'
import { importAdapter, importVault, type Opening, openSession, type Variables } from './opening.ts'

type OpenPlace<T> = (place: string, opening: Opening) => Promise<T>

const STORES = {
  dotenv: (path, { options }) => openDotenvStore({ path, ...clockOf(options) }),
  vault: async (path, opening) => {
    const { openVaultStore } = await importVault()
    const connection = await opening.session(openSession)
    return openVaultStore({ connection, path, ...clockOf(opening.options) })
  },
  aws: async (prefix, { options }) => {
    const load = () => import('../aws/index.ts')
    const { openAwsStore } = await importAdapter('@aws-sdk/client-secrets-manager', load)
    return openAwsStore({ prefix, ...awsAccess(options.env), ...clockOf(options) })
  },
  kubernetes: async (namespace, { options }) => {
    const load = () => import('../kubernetes/internal.ts')
    const adapter = await importAdapter('@kubernetes/client-node', load)
    const access = adapter.findKubernetesAccess(options.env)
    return adapter.openKubernetesStore({ namespace, access, ...clockOf(options) })
  },
} satisfies Readonly<Record<string, OpenPlace<SecretStore>>>

type WritableScheme = keyof typeof STORES

/** Why a place can only be read, and where to write instead. */
const READ_ONLY: Readonly<Record<Exclude<Scheme, WritableScheme>, string>> = {
  env: 'variables cannot be written: name the store that they are set from',
  mount: 'a mounted directory cannot be written: name kubernetes:NAMESPACE',
  file: 'a sources file is only read: name the store itself',
}

/** Options of {@link openPlace}. */
interface PlaceOptions {
  /** See `openMountSource`. */
  readonly trailingNewline?: 'strip' | 'keep'
}

/**
 * Opens the source at one place, a sources file excepted. What it opens belongs to `opening`.
 *
 * @throws {SecretError} `refused` for a development source in production, and what the source throws
 */
export async function openPlace(
  { scheme, place }: Locator,
  opening: Opening,
  { trailingNewline }: PlaceOptions = {},
): Promise<SecretSource> {
  if (scheme === 'env') return createEnvSource(opening.options)
  if (scheme !== 'mount') return openStorePlace({ scheme, place }, opening)
  const { openMountSource } = await import('../mount/mount-source.ts')
  const directory = resolve(place)
  const ends = trailingNewline && { trailingNewline }
  const source = await openMountSource({ directory, ...ends, ...clockOf(opening.options) })
  return opening.own(source, scheme)
}

/** Opens the store at one place. @throws {SecretError} `refused` for what cannot be written, and as {@link openPlace} */
export async function openStorePlace(
  { scheme, place }: Locator,
  opening: Opening,
): Promise<SecretStore> {
  if (!isWritable(scheme)) throw new SecretError('refused', READ_ONLY[scheme])
  if (scheme === 'dotenv' && opening.options.production) {
    throw new SecretError(
      'refused',
      'dotenv is for development: give production its secrets from another source, or set REKEY_ENVIRONMENT',
    )
  }
  return opening.own(await STORES[scheme](place, opening), scheme)
}

function isWritable(scheme: Scheme): scheme is WritableScheme {
  return Object.hasOwn(STORES, scheme)
}

function clockOf({ clock }: Opening['options']): Pick<Opening['options'], 'clock'> {
  return clock === undefined ? {} : { clock }
}

/** Region, endpoint and credentials from the variables; the SDK finds the rest by its own rules. */
function awsAccess(env: Variables) {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  const endpoint = env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? env['AWS_ENDPOINT_URL']
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
  const sessionToken = env['AWS_SESSION_TOKEN']
  return {
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
  }
}

/** A place where secrets are: `vault:secret/vpn` is the place `secret/vpn` of the scheme `vault`. */
export interface Locator {
  readonly scheme: Scheme
  /** The text after the colon; empty for `env` alone. */
  readonly place: string
}

/** Describes the text after the colon; `undefined` where none is allowed. */
const PLACES = {
  env: undefined,
  dotenv: 'the path of a .env file',
  mount: 'a directory',
  vault: 'a mount and a prefix, as in vault:secret/vpn',
  aws: 'a prefix, as in aws:vpn',
  kubernetes: 'a namespace',
  file: 'the path of a sources file',
} satisfies Readonly<Record<string, string | undefined>>

/** The kinds of places that a locator can name. */
type Scheme = keyof typeof PLACES

/**
 * Reads a locator.
 *
 * @throws {SecretError} `malformed`, without the text, which may be a secret
 */
export function parseLocator(text: string): Locator {
  const [head = '', ...rest] = text.split(':')
  const scheme = Object.keys(PLACES).find((known): known is Scheme => known === head)
  const place = rest.join(':')
  if (scheme === undefined) {
    throw new SecretError('malformed', `name one of ${Object.keys(PLACES).join(', ')}`)
  }
  const wanted = PLACES[scheme]
  if ((wanted === undefined) === (place === '')) return { scheme, place }
  const fix = wanted === undefined ? 'nothing goes after it' : `put ${wanted} after the colon`
  throw new SecretError('malformed', `${scheme}: ${fix}`)
}
