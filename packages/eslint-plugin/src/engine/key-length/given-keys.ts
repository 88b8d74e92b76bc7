import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../syntax/nodes.ts'
import { codeOf } from '../code/code-of.ts'
import { reachedFrom } from '../graph/walks.ts'
import { takenBy, type TakenValue } from '../graph/taken-values.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import { perFile } from '../per-file.ts'
import { runText } from '../run-text.ts'
import { type CallNode, memberKey } from '../syntax/syntax.ts'
import { modelsOf } from '../../models/models-of.ts'
import { type KeySize, sizeOfBytes } from './key-material.ts'
import { sizeOf, sizeOfKey } from './key-size.ts'

/** Whether the file of `source` could make a key, or give one to a function of the models. */
export function mayGiveKeys(source: SourceCode): boolean {
  return modelsOf(source).mayTake(runText(source))
}

/** A key on its way into a cryptographic function, and how much key material it holds if the file shows it. */
export interface GivenKey {
  readonly node: Node
  readonly size: KeySize | undefined
}

/** Bytes of a key in what counts its size. */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['bits', 1 / 8],
  ['bytes', 1],
  ['words', 4],
])

/** Ciphers whose keys are short by themselves: of so many bytes (FIPS 46-3, RFC 2268). */
const SHORT_CIPHERS: readonly (readonly [cipher: RegExp, bytes: number])[] = [
  [/^des(?:-(?:ecb|cbc|cfb|ofb)\w*)?$/i, 7],
  [/^(?:rc2|rc4)-40\b/i, 5],
  [/^rc2-64\b/i, 8],
]

/** The keys that a call takes or makes. */
export const keysGivenTo = perFile((call: CallNode, source): readonly GivenKey[] => {
  const taken = takenBy(call, source)
  const keys = taken.flatMap((each) => keysOf(each, call, source))
  if (keys.some(({ size }) => size !== undefined)) return keys
  return [...keys, ...taken.flatMap((each) => ofShortCipher(each, call, source))]
})

function keysOf(
  { node, kind, encoding }: TakenValue,
  call: CallNode,
  source: SourceCode,
): GivenKey[] {
  if (kind === 'key') {
    return elementsOf(node).map((each) => ({
      node: each,
      size: sizeOfKey(each, encoding, source) ?? leastSizeOf(each, source),
    }))
  }
  const bytesEach = SIZES.get(kind)
  if (bytesEach === undefined) return []
  const size = sizeOfBytes(constantNumber(node, source), node, bytesEach)
  return size === undefined ? [] : [{ node: call, size }]
}

function ofShortCipher({ node, kind }: TakenValue, call: CallNode, source: SourceCode): GivenKey[] {
  const name = kind === 'cipher' ? (constantText(node, source) ?? '') : ''
  const size = sizeOfBytes(SHORT_CIPHERS.find(([cipher]) => cipher.test(name))?.[1])
  return size === undefined ? [] : [{ node: call, size }]
}

/** The least size of the random values that `node` may be. */
function leastSizeOf(node: Node, source: SourceCode): KeySize | undefined {
  const isEnd = (end: Node) => !/^(?:Identifier|MemberExpression)$/.test(end.type)
  const { ends } = reachedFrom(node, codeOf(source), isEnd)
  const sizes = ends.flatMap((end) => sizeOf(end, source) ?? []).filter(({ isRandom }) => isRandom)
  return sizes.toSorted((one, other) => one.bytes - other.bytes)[0]
}

/** The keys that an assignment gives to an application: `app.keys = [key]` of Koa. */
export function keysAssigned(
  { left, right }: TSESTree.AssignmentExpression,
  source: SourceCode,
): GivenKey[] {
  if (left.type !== 'MemberExpression' || memberKey(left) !== 'keys') return []
  const owner = constantValue(left.object, source)
  const isKoa = owner.type === 'NewExpression' && calledPath(owner, source) === 'new koa'
  return isKoa ? elementsOf(right).map((node) => ({ node, size: sizeOf(node, source) })) : []
}

/** The keys in a list of keys, or the one. */
function elementsOf(node: Node): Node[] {
  if (node.type !== 'ArrayExpression') return [node]
  return node.elements.filter((element) => element !== null)
}
