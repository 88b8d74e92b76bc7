import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { Node, Property } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { analysisOf } from '../engine/analysis.ts'
import {
  type Minimum,
  minimumOfCall,
  minimumOfProperty,
} from '../engine/key-length/declared-minimum.ts'
import { keysAssigned, keysGivenTo, mayGiveKeys } from '../engine/key-length/given-keys.ts'
import { pairSizes, type PairSize } from '../engine/key-length/key-pairs.ts'
import { sizeOf } from '../engine/key-length/key-size.ts'
import { missingMinimum, type MissingMinimum } from '../engine/key-length/missing-minimum.ts'
import { boundValues, NAMING_TYPES, type NamingNode } from '../engine/code/bound-values.ts'
import { isKeyName } from '../engine/naming/names.ts'
import { describe } from '../engine/syntax/paths.ts'
import { visit, visited } from '../engine/visits.ts'
import type { CallNode } from '../engine/syntax/syntax.ts'
import type { KeySize } from '../engine/key-length/key-material.ts'
import { flag, optionsOf } from './option-schema.ts'

interface Options extends Partial<KeyLengths> {
  /** Whether the declaration of a secret has to ask for a minimum. */
  readonly requireMinimum?: boolean
  /** Whether random bytes count that are only kept under the name of a key, and given to nothing that is known. */
  readonly byName?: boolean
}

/** No file without one of these declares what a secret has to be. */
const SCHEMA_TEXT =
  /zod|joi|yup|valibot|envalid|typebox|class-validator|minLength|minBytes|minimumLength|pattern|['"]string['"]/i

/** The words that declared secrets are called by. */
const SECRET_TEXT = /secret|token|password|passphrase|key|credential|authorization|jwt|bearer/i

/** Makers of random texts that are keys by their names only. */
const MAKES_IDS = /nanoid|uuid|\bcrypto\b/

const DEFAULTS = {
  ...{ minBytes: 32, minModulusBits: 2048, minCurveBits: 224 },
  ...{ requireMinimum: false, byName: false },
}

/** Finds keys that are made, given or declared shorter than the policy allows. */
export const minKeyLength = createRule<[Options], KeyLengthIds>({
  name: 'min-key-length',
  meta: {
    type: 'problem',
    docs: { description: 'Keep keys and secrets long enough', cwe: 'CWE-326' },
    messages: {
      shortKey:
        '{{what}} holds {{bytes}} bytes of key material; at least {{minimum}} are needed. Take them from randomBytes({{minimum}}), and cut nothing off.',
      shortModulus: 'A modulus of {{bits}} bits is too short; use at least {{minimum}}.',
      smallCurve: 'A curve over {{bits}} bits is too small; use one over at least {{minimum}}.',
      lowMinimum:
        '{{what}} may be as short as {{length}} characters; ask for at least {{minimum}}.',
      noMinimum: '{{what}} may be of any length; ask for at least {{minimum}} characters.',
      useNumber: 'Change it to {{number}}.',
      askMinimum: 'Ask for at least {{minimum}} characters.',
    },
    hasSuggestions: true,
    schema: optionsOf('What is long enough.', {
      minBytes: { type: 'integer', minimum: 1, description: 'Bytes of a symmetric key.' },
      minModulusBits: { type: 'integer', minimum: 1, description: 'Bits of an RSA modulus.' },
      minCurveBits: { type: 'integer', minimum: 1, description: "Bits of a curve's field." },
      requireMinimum: flag('Whether the declaration of a secret has to ask for a minimum.'),
      byName: flag(
        'Whether random bytes, and lengths in a schema, count by the name alone that they stand under.',
      ),
    }),
    defaultOptions: [DEFAULTS],
  },
  create(context, [given]) {
    const source = context.sourceCode
    const makes = mayGiveKeys(source) || (given.byName === true && MAKES_IDS.test(source.text))
    const declares = SCHEMA_TEXT.test(source.text) && SECRET_TEXT.test(source.text)
    if (!makes && !declares) return {}
    const options = { ...DEFAULTS, ...given }
    const look = new KeyLengthReports(context, options)

    function lookAtCall(call: CallNode) {
      if (declares) look.minimum(call, minimumOfCall(call, source))
      if (!makes) return
      for (const { node, size } of keysGivenTo(call, source)) {
        look.key(node, `The key of ${describe(call.callee)}`, size)
      }
      for (const size of pairSizes(call, source)) look.pair(call, size)
    }

    function lookAtDeclaration(property: Property) {
      look.minimum(property, minimumOfProperty(property, source, options.byName))
      if (options.requireMinimum) look.missing(property, missingMinimum(property, source))
    }

    function lookAtName(node: NamingNode) {
      for (const { name, value } of boundValues(node, analysisOf(context).code, isKeyName)) {
        const size = sizeOf(value, source)
        if (size?.isRandom === true) look.key(value, name, size)
      }
    }

    function lookAtAssignment(assignment: TSESTree.AssignmentExpression) {
      for (const { node, size } of keysAssigned(assignment, source)) {
        look.key(node, `The key of ${describe(assignment.left)}`, size)
      }
    }

    return visit(context, {}, () => {
      // Of two ways to call one key, that by its own name comes first.
      if (makes && options.byName) visited(source, ...NAMING_TYPES).forEach(lookAtName)
      if (makes) visited(source, 'AssignmentExpression').forEach(lookAtAssignment)
      if (declares) visited(source, 'Property').forEach(lookAtDeclaration)
      visited(source, 'CallExpression', 'NewExpression').forEach(lookAtCall)
    })
  },
})

/** The lengths that suffice. */
interface KeyLengths {
  /** The fewest bytes of a symmetric key or a shared secret, and the fewest characters that a declaration may ask for. */
  readonly minBytes: number
  /** The fewest bits of an RSA, DSA or Diffie-Hellman modulus. */
  readonly minModulusBits: number
  /** The fewest bits of the field of an elliptic curve. */
  readonly minCurveBits: number
}

/** The reports and suggestions of min-key-length. */
type KeyLengthIds =
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
class KeyLengthReports {
  readonly #context: Context
  readonly #lengths: KeyLengths
  readonly #reported = new Set<Node>()

  constructor(context: Context, lengths: KeyLengths) {
    this.#context = context
    this.#lengths = lengths
  }

  /** Looks at a key of that size, which messages call `what`. The same number is reported once. */
  key(node: Node, what: string, size: KeySize | undefined): void {
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
  pair(node: Node, size: PairSize): void {
    const isModulus = size.kind === 'modulus'
    const minimum = isModulus ? this.#lengths.minModulusBits : this.#lengths.minCurveBits
    const { bits } = size
    if (bits >= minimum) return
    const messageId = isModulus ? 'shortModulus' : 'smallCurve'
    const suggest = useNumber(size.node, minimum)
    this.#context.report({ node, messageId, data: { bits, minimum }, suggest })
  }

  /** Looks at a declared minimum. */
  minimum(node: Node, declared: Minimum | undefined): void {
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
  missing(node: Node, declared: MissingMinimum | undefined): void {
    if (declared === undefined) return
    const minimum = this.#lengths.minBytes
    const data = { what: declared.what, minimum }
    const suggest = askMinimum(declared.chain, minimum)
    this.#context.report({ node, messageId: 'noMinimum', data, suggest })
  }
}

function useNumber(node: Node | undefined, number: number): Suggestions {
  if (node?.type !== 'Literal') return []
  const fix = (fixer: TSESLint.RuleFixer) => fixer.replaceText(node, String(number))
  return [{ messageId: 'useNumber', data: { number }, fix }]
}

function askMinimum(chain: Node | undefined, minimum: number): Suggestions {
  if (chain === undefined) return []
  const fix = (fixer: TSESLint.RuleFixer) =>
    fixer.insertTextAfter(chain, `.min(${String(minimum)})`)
  return [{ messageId: 'askMinimum', data: { minimum }, fix }]
}
