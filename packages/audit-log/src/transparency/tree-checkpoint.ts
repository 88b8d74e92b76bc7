import { SecretError } from '@rekey/secret'
import { HASH_BYTES } from './merkle-hash.ts'
import type { TreeHead } from './merkle-tree.ts'
import { decodeBase64 } from './note-key.ts'
import { hasForbidden, malformedNote } from './signed-note.ts'

/** The statement of a log about its tree. */
export interface TreeCheckpoint extends TreeHead {
  /** The identity of the log: as a rule the name of its key, `ct.example.com/log`. */
  readonly origin: string
  /** Lines after the root hash, without a meaning here. Default none. */
  readonly extensions?: readonly string[]
}

/**
 * Formats the text of a checkpoint, which is what is signed (C2SP tlog-checkpoint).
 *
 * @throws {SecretError} `malformed` for what no checkpoint can state
 */
export function formatTreeCheckpoint(checkpoint: TreeCheckpoint): string {
  const { origin, size, root, extensions = [] } = checkpoint
  const lines = [origin, String(size), Buffer.from(root).toString('base64'), ...extensions]
  const isStatement =
    parseSize(lines[1]) === size &&
    root.length === HASH_BYTES &&
    lines.every((line) => line !== '' && !line.includes('\n') && !hasForbidden(line))
  if (isStatement) return `${lines.join('\n')}\n`
  const message =
    'the checkpoint cannot be signed: origin and extensions are single lines, the size a whole number, the root 32 bytes'
  throw new SecretError('malformed', message)
}

/**
 * Parses the text of a checkpoint.
 *
 * @throws {SecretError} `malformed` with the reason
 */
export function parseTreeCheckpoint(text: string): Required<TreeCheckpoint> {
  const lines = text.slice(0, -1).split('\n')
  if (lines.includes('')) throw malformedNote('has an empty line in its text')
  const [origin, second, third, ...extensions] = lines
  const size = parseSize(second)
  if (origin === undefined || size === undefined) throw malformedNote('has no size in line 2')
  const root = third === undefined ? undefined : decodeBase64(third)
  if (root?.length !== HASH_BYTES) throw malformedNote('has no root hash in line 3')
  return { origin, size, root: Uint8Array.from(root), extensions }
}

function parseSize(text = ''): number | undefined {
  const size = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(size) ? size : undefined
}
