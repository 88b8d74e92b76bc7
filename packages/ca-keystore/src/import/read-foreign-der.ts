import type { asn1 } from 'node-forge'
import forge from 'node-forge/lib/asn1.js'
import { type DerNode, readDer } from '../der-reader.ts'
import { unreadable, WHAT } from './import-errors.ts'

interface ReadOptions {
  readonly strict: boolean
  readonly parseAllBytes: boolean
  readonly decodeBitStrings: boolean
  readonly maxDepth: number
}

// The published types know only the old boolean parameter.
const fromDer = forge.fromDer as unknown as (bytes: string, options: ReadOptions) => asn1.Asn1

const OPTIONS: ReadOptions = {
  strict: true,
  parseAllBytes: true,
  decodeBitStrings: false,
  maxDepth: 32,
}

/**
 * Reads DER that other software wrote. Two parsers must agree on it: node-forge, whose own writing of what it read must give the same
 * bytes, and that of this package, which the nodes are of.
 *
 * @throws {SecretError} `malformed`
 */
export function readForeignDer(bytes: Buffer): DerNode {
  const node = readDer(bytes, WHAT)
  return rewritten(bytes).equals(bytes) ? node : node.malformed()
}

function rewritten(bytes: Buffer): Buffer {
  try {
    const parsed = fromDer(bytes.toString('latin1'), OPTIONS)
    return Buffer.from(forge.toDer(parsed).getBytes(), 'latin1')
  } catch {
    throw unreadable('is no strict DER')
  }
}
