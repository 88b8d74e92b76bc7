import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { Minimum } from '../engine/key-length/declared-minimum.ts'
import type { KeySize } from '../engine/key-length/key-material.ts'
import type { PairSize } from '../engine/key-length/key-pairs.ts'
import type { MissingMinimum } from '../engine/key-length/missing-minimum.ts'

/** The lengths that suffice. */
export interface KeyLengths {
  /** The fewest bytes of a symmetric key or a shared secret, and the fewest characters that a declaration may ask for. */
  readonly minBytes: number
  /** The fewest bits of an RSA, DSA or Diffie-Hellman modulus. */
  readonly minModulusBits: number
  /** The fewest bits of the field of an elliptic curve. */
  readonly minCurveBits: number
}

/** The reports and suggestions of min-key-length. */
export type KeyLengthIds =
  | 'shortKey'
  | 'shortModulus'
  | 'smallCurve'
  | 'lowMinimum'
  | 'noMinimum'
  | 'useNumber'
  | 'askMinimum'

type Context = Readonly<TSESLint.RuleContext<KeyLengthIds, readonly unknown[]>>
type Suggestions = TSESLint.ReportSuggestionArray<KeyLengthIds>

/** Reports the lengths of one file that are not enough. An undefined one has no length that the file shows. */
export class KeyLengthReports {
  readonly #context: Context
  readonly #lengths: KeyLengths
  readonly #reported = new Set<TSESTree.Node>()

  constructor(context: Context, lengths: KeyLengths) {
    this.#context = context
    this.#lengths = lengths
  }

  /** Looks at a key of that size, which messages call `what`. The same number is reported once. */
  key(node: TSESTree.Node, what: string, size: KeySize | undefined): void {
    const minimum = this.#lengths.minBytes
    if (size === undefined || size.bytes >= minimum) return
    const { bytes, count } = size
    const decisive = count?.node ?? node
    if (this.#reported.has(decisive)) return
    this.#reported.add(decisive)
    const data = { what, bytes: Math.floor(bytes), minimum }
    const suggest = count && useNumber(count.node, Math.ceil(minimum / count.bytesEach))
    this.#context.report({ node, messageId: 'shortKey', data, suggest: suggest ?? [] })
  }

  /** Looks at a pair of keys. */
  pair(node: TSESTree.Node, size: PairSize | undefined): void {
    if (size === undefined) return
    const isModulus = size.kind === 'modulus'
    const minimum = isModulus ? this.#lengths.minModulusBits : this.#lengths.minCurveBits
    const { bits } = size
    if (bits >= minimum) return
    const messageId = isModulus ? 'shortModulus' : 'smallCurve'
    const suggest = useNumber(size.node, minimum)
    this.#context.report({ node, messageId, data: { bits, minimum }, suggest })
  }

  /** Looks at a declared minimum. */
  minimum(node: TSESTree.Node, declared: Minimum | undefined): void {
    if (declared === undefined) return
    const { what, characters, bytesPerCharacter } = declared
    const { minBytes } = this.#lengths
    if (characters * bytesPerCharacter >= minBytes) return
    const minimum = Math.ceil(minBytes / bytesPerCharacter)
    const data = { what, length: characters, minimum }
    const suggest = useNumber(declared.node, minimum)
    this.#context.report({ node, messageId: 'lowMinimum', data, suggest })
  }

  /** Reports a secret that may be of any length. */
  missing(node: TSESTree.Node, declared: MissingMinimum | undefined): void {
    if (declared === undefined) return
    const minimum = this.#lengths.minBytes
    const data = { what: declared.what, minimum }
    const suggest = askMinimum(declared.chain, minimum)
    this.#context.report({ node, messageId: 'noMinimum', data, suggest })
  }
}

function useNumber(node: TSESTree.Node | undefined, number: number): Suggestions {
  if (node?.type !== AST_NODE_TYPES.Literal) return []
  const fix = (fixer: TSESLint.RuleFixer) => fixer.replaceText(node, String(number))
  return [{ messageId: 'useNumber', data: { number }, fix }]
}

function askMinimum(chain: TSESTree.Node | undefined, minimum: number): Suggestions {
  if (chain === undefined) return []
  const fix = (fixer: TSESLint.RuleFixer) =>
    fixer.insertTextAfter(chain, `.min(${String(minimum)})`)
  return [{ messageId: 'askMinimum', data: { minimum }, fix }]
}
