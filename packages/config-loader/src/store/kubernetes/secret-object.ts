import { SecretError } from '@rekey/secret'
import { formatAfter, requireFormat, type Stage, STAGES } from '@rekey/secret/internal'
import {
  formatKey,
  stageKey,
  type StoredStages,
  type StoredVersion,
  withLineEnd,
  withoutLineEnd,
} from '../stored-stages.ts'

/** A Secret of the API, as far as it is read. */
export interface SecretObject {
  readonly resourceVersion: string
  readonly immutable: boolean
  /** Base64 by key. */
  readonly data: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A change of a Secret: `null` removes a key, and a key that is not named stays as it is (RFC 7396). */
export interface SecretPatch {
  readonly data: Readonly<Record<string, string | null>>
  readonly annotations: Readonly<Record<string, string | null>>
}

/** RFC 1123 subdomain, as the names of objects must be (Kubernetes documentation, "Object Names and IDs"). */
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9-]{0,251}[a-z0-9])?$/

/**
 * The name of the object that holds a secret: `api-key-frontend-signing` for `API_KEY_FRONTEND_SIGNING`.
 *
 * @throws {SecretError} `malformed` for a name that ends in an underscore or is too long
 */
export function objectName(name: string): string {
  const object = name.toLowerCase().replaceAll('_', '-')
  if (OBJECT_NAME.test(object)) return object
  throw new SecretError(
    'malformed',
    'the name of a secret in Kubernetes has at most 253 characters and does not end in an underscore: rename it',
  )
}

/** A Secret's manifest without data: applied to one that exists, it leaves the data there alone. */
interface EmptySecretManifest {
  readonly apiVersion: 'v1'
  readonly kind: 'Secret'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly type: 'Opaque'
}

/**
 * The object of a secret that an account without `create` is to write.
 *
 * @throws {SecretError} `malformed` for a name that no object can have
 */
export function emptySecret(name: string, namespace: string): EmptySecretManifest {
  const metadata = { name: objectName(name), namespace }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque' }
}

/**
 * The stages in an object. A value follows the rule of files, see `withoutLineEnd`, since it is one where it is mounted.
 *
 * @throws {SecretError} `malformed` for a value that is binary; `refused` for a newer format
 */
export function stagesIn(object: SecretObject | undefined, name: string): StoredStages {
  requireFormat('kubernetes-secret', formatAfter('', textIn(object, formatKey(name))), name)
  const stages: Partial<Record<Stage, StoredVersion>> = {}
  for (const stage of STAGES) {
    const value = textIn(object, stageKey(name, stage))
    const createdAt = new Date(object?.annotations[createdAtKey(stage)] ?? Number.NaN)
    const isDated = !Number.isNaN(createdAt.getTime())
    const journal = object?.annotations[journalKey(stage)]
    if (value === '') continue
    stages[stage] = { value, ...(isDated && { createdAt }), ...(journal && { journal }) }
  }
  return stages
}

/**
 * Writes the patch that turns `before` into `after`.
 *
 * @throws {SecretError} `refused` for a value that a file could not hold as text
 */
export function patchFor(name: string, before: StoredStages, after: StoredStages): SecretPatch {
  const data: Record<string, string | null> = {}
  const annotations: Record<string, string | null> = {}
  for (const stage of STAGES) {
    if (before[stage] === after[stage]) continue
    data[stageKey(name, stage)] = encode(after[stage]?.value, name)
    annotations[createdAtKey(stage)] = after[stage]?.createdAt?.toISOString() ?? null
    const journal = after[stage]?.journal
    // A new object would get an empty text for `null`.
    if (journal !== before[stage]?.journal) annotations[journalKey(stage)] = journal ?? null
  }
  return { data, annotations }
}

function createdAtKey(stage: Stage): string {
  return `rekey/${stage}-created-at`
}

function journalKey(stage: Stage): string {
  return `rekey/${stage}-journal`
}

function textIn(object: SecretObject | undefined, key: string): string {
  const encoded = object && Object.hasOwn(object.data, key) ? object.data[key] : undefined
  if (encoded === undefined) return ''
  const bytes = Buffer.from(encoded, 'base64')
  const text = bytes.toString('utf8')
  if (isPlainText(text, bytes)) return withoutLineEnd(text)
  const message = `${key} in its Secret is binary, and a secret is text: store it as base64`
  throw new SecretError('malformed', message, { reason: 'binary' })
}

function encode(value: string | undefined, name: string): string | null {
  if (value === undefined) return null
  const bytes = Buffer.from(withLineEnd(value), 'utf8')
  if (isPlainText(withLineEnd(value), bytes)) return bytes.toString('base64')
  const message = `the new value of ${name} has a NUL or half a character: generate another`
  throw new SecretError('refused', message)
}

function isPlainText(text: string, bytes: Buffer): boolean {
  return !text.includes('\0') && bytes.equals(Buffer.from(text)) && bytes.toString() === text
}
