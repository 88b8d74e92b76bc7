import { SecretError, type SecretSource, type SecretStore } from '@rekey/secret'
import type { StoreDefinition } from '@rekey/secret/internal'
import type { Inspectable } from '../inspectable.ts'
import { BUILT_IN, type PlaceOptions, type StoreRow } from './built-in-stores.ts'
import type { LocateOptions, Opening } from './opening.ts'

/** A place where secrets are: `vault:secret/vpn` is the place `secret/vpn` of the store `vault`. */
export interface Locator {
  readonly store: StoreRow
  /** The text after the colon; empty for `env` alone. */
  readonly place: string
}

type LeafSource = SecretSource & Inspectable

/** The definitions that a caller adds to the built-in stores. */
type OwnStores = LocateOptions['stores']

/**
 * Reads a locator of a built-in store, or of one of `own`.
 *
 * @throws {SecretError} `malformed`, without the text, which may be a secret; `refused` if two stores have one scheme
 */
export function parseLocator(text: string, own: OwnStores): Locator {
  const stores = storesBeside(own)
  const [head = '', ...rest] = text.split(':')
  const store = stores.get(head)
  if (store === undefined) {
    const names = [...stores.keys()].join(', ')
    const others = 'or another store after naming its module in stores of the family'
    throw new SecretError('malformed', `name one of ${names}, ${others}`)
  }
  const { scheme, place: wanted } = store
  const place = rest.join(':')
  if ((wanted === undefined) === (place === '')) return { store, place }
  const fix = wanted === undefined ? 'nothing goes after it' : `put ${wanted} after the colon`
  throw new SecretError('malformed', `${scheme}: ${fix}`)
}

/** The built-in stores and those of a caller by their schemes. @throws {SecretError} `refused` if two have one scheme */
function storesBeside(own: OwnStores = []): ReadonlyMap<string, StoreRow> {
  const stores = new Map(BUILT_IN.map((store) => [store.scheme, store]))
  for (const definition of own) {
    const { scheme } = definition
    if (stores.has(scheme)) {
      throw new SecretError('refused', `the store ${scheme} exists already: rename its scheme`)
    }
    stores.set(scheme, rowOf(definition))
  }
  return stores
}

/** A store of a caller, whose errors may hold anything. */
function rowOf(definition: StoreDefinition): StoreRow {
  const open = async (place: string, { options: { env, clock } }: Opening) => {
    try {
      const source = await definition.open(place, { env, ...(clock && { clock }) })
      return withRights(source, place, definition)
    } catch (error) {
      if (error instanceof SecretError) throw error
      throw new SecretError(
        'unreachable',
        `the store ${definition.scheme} was not opened: let its module throw a SecretError with the reason`,
      )
    }
  }
  return { ...definition, open } as StoreRow
}

/** The rights of a reader follow from those that the definition writes. */
function withRights(source: LeafSource, place: string, { rights }: StoreDefinition): LeafSource {
  if (rights === undefined || source.rightsToRead !== undefined) return source
  const nothing = { rotate: [], journal: [], borrow: [], discover: [], restart: [], redeploy: [] }
  source.rightsToRead = (read) => [rights(place, { who: 'reader', read, ...nothing })]
  return source
}

/**
 * Opens the source at one place. What it opens belongs to `opening`.
 *
 * @throws {SecretError} `refused` for a development source in production, and what the source throws
 */
export async function openPlace(
  { store, place }: Locator,
  opening: Opening,
  options: PlaceOptions = {},
): Promise<SecretSource> {
  const { scheme } = store
  if (store.isDevelopment && opening.options.production) {
    throw new SecretError(
      'refused',
      `${scheme} is for development: give production its secrets from another source, or set REKEY_ENVIRONMENT`,
    )
  }
  return opening.own(await store.open(place, opening, options), scheme)
}

/** Opens the store at one place. @throws {SecretError} `refused` for what cannot be written, and as {@link openPlace} */
export async function openStorePlace(locator: Locator, opening: Opening): Promise<SecretStore> {
  const { readOnly, scheme } = locator.store
  if (readOnly !== undefined) throw new SecretError('refused', readOnly)
  const opened = await openPlace(locator, opening)
  if (isStore(opened)) return opened
  throw new SecretError('refused', `${scheme} opens no store that can be written: set readOnly`)
}

function isStore(source: SecretSource): source is SecretStore {
  return 'stage' in source
}
