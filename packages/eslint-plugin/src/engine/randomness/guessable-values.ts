import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import type { Analysis } from '../analysis.ts'
import type { Place } from '../graph/access-path.ts'
import { isElement } from '../graph/step.ts'
import { isPick, stepsFrom } from '../graph/steps.ts'
import { newPlaces, provenanceOf } from '../graph/walks.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { isSecretName, wordsOf } from '../naming/names.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import type { TypeFacts } from '../types/type-facts.ts'
import { guessableSource, isSecureSource } from './guessable-sources.ts'
import type { UnguessableValue } from './unguessable-places.ts'

/** Functions that hash their first argument. What can be guessed can be guessed after hashing too. */
const HASHES =
  /^(?:md5|sha1|sha256|sha512|js-md5|js-sha\d+|blueimp-md5|hash-sum|crypto-js\.(?:MD5|SHA\d+)|crypto\.hash)\b/i

/** `createHash(…).update(…).digest(…)`, but not `createHmac`, whose key may be good. */
const HASH_CHAIN = /^crypto\.createHash\(\)(?:\.update\(\))*\.digest\(\)$/

/** Functions of other files that are called like a hash. */
const HASH_NAME = /^(?:md5|sha\d{1,3}|hash|digest)(?:[A-Z_]\w*)?$/i

/** Values that must not come twice, for which a counter is good enough: NIST SP 800-38D, section 8.2.1. */
const MAY_COUNT = /iv$|nonce|vector|salt/i

/** Functions that give a number. */
const NUMBERS =
  /^(?:Math\.\w+|Date\.now|Number|parseInt|parseFloat|(?:perf_hooks\.)?performance\.now)$/

/** Words for what is unguessable, beside the names of secrets. */
const STRONG_WORDS: ReadonlySet<string> = new Set(['hash', 'hashed', 'digest', 'hmac', 'entropy'])

/** Finds what a value is made of that can be guessed, of one file. */
export class GuessableValues {
  readonly #code: LocalCode
  readonly #types: TypeFacts | undefined

  constructor({ code, types }: Pick<Analysis, 'code' | 'types'>) {
    this.#code = code
    this.#types = types
  }

  /** The guessable source of a value that must be unguessable, if no part of it is unguessable. */
  in({ value, what, isPart, isNumbering }: UnguessableValue): readonly Node[] {
    const found = this.#sourcesOf({ node: value, keys: [] }, isPart, newPlaces())
    const mayCount = isNumbering || MAY_COUNT.test(what)
    const sources = mayCount ? found.filter(({ type }) => type !== 'UpdateExpression') : found
    return isNumbering && sources.length > 0 && this.#isNumber(value) ? [] : sources
  }

  #isNumber(node: Node): boolean {
    return this.#types?.isInert(node) === true || isArithmetic(node, this.#code.source)
  }

  #sourcesOf(
    { node: outer, keys }: Place,
    isRepeated: boolean,
    isNew: (place: Place) => boolean,
  ): readonly Node[] {
    const node = unwrap(outer)
    if (!isNew({ node, keys })) return []
    const found = isElement(keys) ? guessableSource(node, this.#code.source) : undefined
    if (found !== undefined) return found.kind === 'picked' && !isRepeated ? [] : [node]
    const next = (part: Node) => this.#sourcesOf({ node: part, keys: [] }, isRepeated, isNew)
    const hashed = this.#hashedBy(node)
    if (hashed.length > 0) return this.#isStrong(hashed) ? [] : hashed.flatMap(next)
    const index = indexOf(node)
    // One element of a list is as secret as the list; many of them in a row are made of the indexes.
    if (index !== undefined && index.type !== 'Literal') return isRepeated ? next(index) : []
    const steps = (stepsFrom({ node, keys }, this.#code) ?? []).filter(({ how }) => how !== 'under')
    const parts = steps.filter(({ how }) => how === 'part')
    if (this.#isStrong(parts.map((part) => part.node))) return []
    return steps.flatMap((step) =>
      this.#sourcesOf(step, isRepeated || step.how === 'again' || step.how === 'over', isNew),
    )
  }

  /** The input of `node`, if it is a hash without a key. */
  #hashedBy(node: Node): readonly Node[] {
    if (node.type !== 'CallExpression') return []
    const path = pathOf(node, this.#code.source) ?? ''
    if (HASH_CHAIN.test(path)) return updatesIn(node, this.#code.source)
    const callee = pathOf(node.callee, this.#code.source) ?? ''
    const isNamed = HASH_NAME.test(lastName(node.callee) ?? '')
    const isHash = isNamed && this.#code.functionOf(node.callee) === undefined
    if (!isHash && !HASHES.test(callee)) return []
    return node.arguments.slice(callee === 'crypto.hash' ? 1 : 0)
  }

  /** Whether one of `parts` cannot be guessed, so that the whole cannot either. */
  #isStrong(parts: readonly Node[]): boolean {
    return parts.some((part) => {
      for (const node of provenanceOf(part, this.#code)) {
        if (isSecureSource(node, this.#code.source)) return true
        const name = lastName(node) ?? ''
        if (name === 'expose' || isSecretName(name)) return true
        if (wordsOf(name).some((word) => STRONG_WORDS.has(word))) return true
      }
      return false
    })
  }
}

/** The index by which `node` takes an element of a list or a character of a text. */
function indexOf(node: Node): Node | undefined {
  if (node.type === 'MemberExpression') return isPick(node) ? node.property : undefined
  if (node.type !== 'CallExpression') return undefined
  const callee = unwrap(node.callee)
  const method = callee.type === 'MemberExpression' ? memberKey(callee) : undefined
  return method === 'charAt' || method === 'at' ? node.arguments[0] : undefined
}

/** The first arguments of the calls of `update`, in a chain or one by one, on the hash whose method `call` is. */
function updatesIn(call: CallExpression, source: SourceCode): readonly Node[] {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return []
  const own = memberKey(callee) === 'update' ? call.arguments.slice(0, 1) : []
  const inner = unwrap(callee.object)
  if (inner.type === 'CallExpression') return [...updatesIn(inner, source), ...own]
  if (inner.type !== 'Identifier') return own
  const { references = [] } = variableOf(inner, source) ?? {}
  const apart = references.flatMap(({ identifier: { parent } }) => {
    const isUpdate = parent.type === 'MemberExpression' && memberKey(parent) === 'update'
    return isUpdate && parent.parent.type === 'CallExpression'
      ? parent.parent.arguments.slice(0, 1)
      : []
  })
  const made = constantValue(inner, source)
  return [...(made.type === 'CallExpression' ? updatesIn(made, source) : []), ...apart, ...own]
}

/** Whether `node` computes a number. */
function isArithmetic(node: Node, source: SourceCode): boolean {
  const bare = constantValue(node, source)
  switch (bare.type) {
    case 'CallExpression':
      return NUMBERS.test(pathOf(bare.callee, source) ?? '')
    case 'UnaryExpression':
      return true
    case 'BinaryExpression':
      return bare.operator !== '+' || isArithmetic(bare.left, source)
    default:
      return bare.type === 'Literal' && typeof bare.value === 'number'
  }
}
