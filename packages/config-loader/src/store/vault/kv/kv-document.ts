import { SecretError } from '@rekey/secret'
import { formatOf, requireFormat, STAGES } from '@rekey/secret/internal'
import type { StoredStages, StoredVersion } from '../../stored-stages.ts'
import { type JsonObject, objectOf } from '../http/vault-answer.ts'

/** The content of one document of Vault for one secret. */
export interface KvDocument {
  readonly stages: StoredStages
  /** Whether it is in our format, or does not exist. */
  readonly isOurs: boolean
  /** Which write made it; absent in others' documents. */
  readonly write?: string
  /** Other fields of the document; a write keeps them. */
  readonly rest: JsonObject
}

/** The one key that is ours. */
const KEY = 'rekey'

/** The content of a document that does not exist. */
export const NO_DOCUMENT: KvDocument = { stages: {}, isOurs: true, rest: {} }

/**
 * Reads a document: ours, `{ rekey: { write, current: { value, createdAt, journal }, pending?, previous? } }`, or a
 * plain one, of which `field` is the current version.
 *
 * @throws {SecretError} `malformed`, with nothing of the content; `refused` for one of a newer format
 */
export function parseKvDocument(content: JsonObject, name: string, field: string): KvDocument {
  if (!Object.hasOwn(content, KEY)) return parsePlain(content, name, field)
  const { [KEY]: own, ...rest } = content
  const held = objectOf(own)
  if (held === undefined) throw notOurs(name)
  requireFormat('vault-document', formatOf(held), name)
  const stages: StoredStages = Object.fromEntries(
    STAGES.filter((stage) => held[stage] !== undefined).map((stage) => [
      stage,
      parseVersion(held[stage], name),
    ]),
  )
  const { write } = held
  return { stages, isOurs: true, rest, ...(typeof write === 'string' && { write }) }
}

/** The content of our document. */
export function printKvDocument(stages: StoredStages, write: string, rest: JsonObject): JsonObject {
  const versions: Record<string, unknown> = {}
  for (const stage of STAGES) {
    const { value, createdAt, journal } = stages[stage] ?? {}
    if (value === undefined) continue
    const dated = { ...(createdAt && { createdAt: createdAt.toISOString() }) }
    versions[stage] = { value, ...dated, ...(journal && { journal }) }
  }
  return { ...rest, [KEY]: { write, ...versions } }
}

function parsePlain(content: JsonObject, name: string, field: string): KvDocument {
  const value = Object.hasOwn(content, field) ? content[field] : undefined
  if (typeof value === 'string' && value !== '') {
    return { stages: { current: { value } }, isOurs: false, rest: {} }
  }
  throw new SecretError(
    'malformed',
    `the document ${name} in Vault has no text in the field ${field}: add it, or name another field`,
    { name, field },
  )
}

function parseVersion(held: unknown, name: string): StoredVersion {
  const { value, createdAt, journal } = objectOf(held) ?? {}
  if (typeof value !== 'string' || value === '') throw notOurs(name)
  const time = new Date(typeof createdAt === 'string' ? createdAt : NaN)
  return {
    value,
    ...(!Number.isNaN(time.getTime()) && { createdAt: time }),
    ...(typeof journal === 'string' && { journal }),
  }
}

function notOurs(name: string): SecretError {
  return new SecretError(
    'malformed',
    `the document ${name} in Vault has a field ${KEY} that was not written by Rekey: restore an earlier version`,
    { name },
  )
}
