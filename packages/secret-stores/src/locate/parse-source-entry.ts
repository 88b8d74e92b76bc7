import { SecretError } from '@rekey/secret'
import { type Complaints, fieldsOf, textField, wordField } from './json-fields.ts'
import { type Locator, parseLocator } from './locator.ts'

/** One named source of a sources file. */
export type SourceEntry = PlaceEntry | LoginEntry

/** A source that a locator names. */
interface PlaceEntry {
  readonly locator: Locator
  /** Only for a mounted directory: whether a newline at the end of a file is part of the value. */
  readonly trailingNewline?: 'strip' | 'keep'
}

/** Logins that Vault makes (`database/creds/ROLE`) or keeps (`database/static-creds/ROLE`). */
export interface LoginEntry {
  readonly credentials: string
  /** The database that they are for, `postgresql://HOST:PORT/NAME`, without a user and a password. */
  readonly url: string
}

const readEntry = fieldsOf({
  locator: textField,
  trailingNewline: wordField(['strip', 'keep']),
  credentials: textField,
  url: textField,
})

const UNSOUND: SourceEntry = { locator: { scheme: 'env', place: '' } }

/** Reads a named source: a locator, or an object. After a complaint what it gives is of no use. */
export function parseSourceEntry(
  value: unknown,
  where: string,
  complaints: Complaints,
): SourceEntry {
  const written = typeof value === 'string' ? { locator: value } : value
  const entry = readEntry(written, where, complaints) ?? {}
  const { locator, trailingNewline, credentials, url } = entry
  if (locator !== undefined && credentials === undefined && url === undefined) {
    return parsePlace(locator, trailingNewline, where, complaints) ?? UNSOUND
  }
  if (locator === undefined && trailingNewline === undefined && credentials && url) {
    return parseLogin(credentials, url, where, complaints)
  }
  complaints.add(where, 'write a locator; or credentials and url, for logins that Vault makes')
  return UNSOUND
}

function parsePlace(
  text: string,
  trailingNewline: 'strip' | 'keep' | undefined,
  where: string,
  complaints: Complaints,
): PlaceEntry | undefined {
  const locator = locatorOf(text, where, complaints)
  if (locator?.scheme === 'file') complaints.add(where, 'a sources file cannot name another one')
  if (trailingNewline !== undefined && locator !== undefined && locator.scheme !== 'mount') {
    complaints.add(where, 'trailingNewline goes with mount: only')
  }
  return locator && { locator, ...(trailingNewline && { trailingNewline }) }
}

function locatorOf(text: string, where: string, complaints: Complaints): Locator | undefined {
  try {
    return parseLocator(text)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    complaints.add(where, error.message)
    return undefined
  }
}

function parseLogin(
  credentials: string,
  url: string,
  where: string,
  complaints: Complaints,
): LoginEntry {
  if (!/^[^/].*\/(?:static-)?creds\/[^/]+$/.test(credentials)) {
    complaints.add(`${where}.credentials`, 'write MOUNT/creds/ROLE or MOUNT/static-creds/ROLE')
  }
  if (!isUrlWithoutLogin(url)) {
    complaints.add(`${where}.url`, 'write postgresql://HOST:PORT/NAME without user and password')
  }
  return { credentials, url }
}

function isUrlWithoutLogin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^postgres(?:ql)?:$/.test(protocol) && username === '' && password === ''
}
