import { SecretError } from './errors.ts'
import { jsonIn } from './json-in.ts'

/** A document that Rekey writes or serves. */
interface DocumentFormat {
  /** Names it in a refusal. */
  readonly what: string
  /** The newest format that this release reads; it reads each one from 1 on. */
  readonly newest: number
  /** Where a document states its format. One that states none has format 1. */
  readonly mark: string
  /** The program that reads it, to be upgraded before a newer format is written. */
  readonly reader: string
}

const MEMBER = '`format`'
const CA = 'rekey ca'

/**
 * Every document that one release of Rekey writes and another one may read. Format 1 is what release 0.1 writes: a document without a mark has
 * it, so those that had none are written without one, and readers that refuse unknown members go on reading them.
 */
export const FORMATS = {
  'env-store': {
    what: 'the .env store',
    newest: 1,
    mark: 'the first line: `# @rekey-format`',
    reader: 'the program that reads the store',
  },
  'vault-document': {
    what: 'the document in Vault',
    newest: 1,
    mark: '`rekey.format`',
    reader: 'the program that reads the store',
  },
  'aws-secret': {
    what: 'the secret in AWS',
    newest: 1,
    mark: 'a staging label: `REKEY_FORMAT_`',
    reader: 'the program that reads the store',
  },
  'gcp-secret': {
    what: 'the secret in Google Cloud',
    newest: 1,
    mark: 'an annotation: `rekey-format`',
    reader: 'the program that reads the store',
  },
  'kubernetes-secret': {
    what: 'the Secret in Kubernetes',
    newest: 1,
    mark: 'a key: `NAME.format`',
    reader: 'the program that reads the store',
  },
  mount: {
    what: 'the mounted secret',
    newest: 1,
    mark: 'a file: `NAME.format`',
    reader: 'the service',
  },
  'last-good': {
    what: 'the last-good snapshot',
    newest: 1,
    mark: '`format`: `rekey-last-good/`',
    reader: 'the service',
  },
  'health-report': {
    what: 'the health report',
    newest: 1,
    mark: MEMBER,
    reader: 'the rotator',
  },
  board: {
    what: 'the board of reports',
    newest: 1,
    mark: 'the comment of a table: `rekey format`',
    reader: 'the rotator',
  },
  'journal-entry': {
    what: 'the journal entry',
    newest: 1,
    mark: '`format`, or `intent.format` in PostgreSQL',
    reader: 'the rotator',
  },
  'journal-tables': {
    what: 'the journal in PostgreSQL',
    newest: 1,
    mark: 'the comment of a table: `rekey format`',
    reader: 'the rotator',
  },
  family: { what: 'the family', newest: 1, mark: MEMBER, reader: 'rekey' },
  'audit-entry': {
    what: 'an entry of the audit log',
    newest: 1,
    mark: MEMBER,
    reader: 'the program that reads the log',
  },
  'audit-tables': {
    what: 'the audit log in PostgreSQL',
    newest: 1,
    mark: 'the comment of a table: `rekey format`',
    reader: 'the program that opens the log',
  },
  'audit-key': {
    what: 'the key of the audit log',
    newest: 1,
    mark: MEMBER,
    reader: 'the program that writes the log',
  },
  'audit-checkpoint': {
    what: 'the checkpoint of an audit log',
    newest: 1,
    mark: MEMBER,
    reader: 'rekey',
  },
  'audit-receipt': {
    what: 'the receipt of an audit log',
    newest: 1,
    mark: MEMBER,
    reader: 'rekey',
  },
  'log-entry': {
    what: 'an entry of the transparency log',
    newest: 1,
    mark: 'its first line: `rekey-log/v`',
    reader: 'the program that reads the log',
  },
  'log-tables': {
    what: 'the transparency log in PostgreSQL',
    newest: 1,
    mark: 'the comment of a table: `rekey format`',
    reader: 'the program that opens the log',
  },
  'ca-key': {
    what: 'the key of the CA',
    newest: 1,
    mark: 'the first line: `rekey ca-key`',
    reader: CA,
  },
  'ca-token': {
    what: 'the reference to the key of the CA',
    newest: 1,
    mark: 'the first line: `rekey ca-token`',
    reader: CA,
  },
  'backup manifest': { what: 'the backup of the CA', newest: 1, mark: MEMBER, reader: CA },
  'drill report': { what: 'the report of a drill', newest: 1, mark: MEMBER, reader: CA },
  'revocation register': { what: 'the revocations of the CA', newest: 1, mark: MEMBER, reader: CA },
  'list state': {
    what: 'the state of the revocation list',
    newest: 1,
    mark: MEMBER,
    reader: CA,
  },
  'revocation request': {
    what: 'the request to revoke a certificate',
    newest: 1,
    mark: MEMBER,
    reader: 'the service of the CA',
  },
  'ca-rotation': { what: 'the generations of the CA', newest: 1, mark: MEMBER, reader: CA },
  'biography head': { what: 'the biography of the CA', newest: 1, mark: MEMBER, reader: CA },
  'escrow set': { what: 'the escrow of the CA', newest: 1, mark: MEMBER, reader: CA },
  'share check': { what: 'the check of a share', newest: 1, mark: MEMBER, reader: CA },
  share: { what: 'the share of an escrow', newest: 1, mark: 'its first byte', reader: CA },
} as const satisfies Readonly<Record<string, DocumentFormat>>

/** The comment of a table of a newer format begins with it: a comment is no column, so that tables of format 1 need no change. */
const TABLE_COMMENT = 'rekey format '

/** The name of a document in {@link FORMATS}. */
export type DocumentName = keyof typeof FORMATS

/**
 * Refuses a document that a newer release has written. Call it before anything else of the document is checked, since the rest may have changed.
 *
 * @param format as the document states it; undefined for one that states none, which has format 1
 * @param where the place of the document, for the error; nothing of its content
 * @throws {SecretError} `refused` with the reason `format`
 */
export function requireFormat(document: DocumentName, format: unknown, where?: string): void {
  const { what, newest, reader }: DocumentFormat = FORMATS[document]
  const stated = format ?? 1
  const isNumber = typeof stated === 'number' && Number.isSafeInteger(stated)
  if (isNumber && stated >= 1 && stated <= newest) return
  const subject = where === undefined ? what : `${what} ${where}`
  const found = isNumber ? `format ${stated}` : 'an unknown format'
  throw new SecretError(
    'refused',
    `${subject} has ${found}, and this release reads up to format ${newest}: upgrade ${reader} first`,
    { reason: 'format', document, newest, ...(isNumber && { format: stated }) },
  )
}

/** The format that an object states; undefined if it states none, or is none. */
export function formatOf(content: unknown): unknown {
  if (typeof content !== 'object' || content === null) return undefined
  return Object.hasOwn(content, 'format') ? (content as { format: unknown }).format : undefined
}

/** The format that a JSON text states; undefined if it states none, or is no JSON. */
export function formatIn(text: string): unknown {
  return formatOf(jsonIn(text))
}

/** The number at the end of a text that begins with `prefix`: 2 of `rekey ca-key 2`; undefined for another text. */
export function formatAfter(prefix: string, text: string | undefined): number | undefined {
  const number = text?.startsWith(prefix) ? text.slice(prefix.length) : ''
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined
}

/**
 * Refuses tables that a newer release has made, by their comments.
 *
 * @throws {SecretError} `refused` with the reason `format`
 */
export function requireTableFormat(
  document: DocumentName,
  comments: readonly (string | null | undefined)[],
): void {
  for (const comment of comments) {
    requireFormat(document, formatAfter(TABLE_COMMENT, comment ?? undefined))
  }
}
