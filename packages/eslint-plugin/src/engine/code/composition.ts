import type { ByType, CallExpression, Identifier, MemberExpression, Node } from '../syntax/nodes.ts'
import { variableOf } from '../syntax/constants.ts'
import type { LocalCode } from './local-code.ts'
import { type Origin, originsAt, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { pathOf } from '../syntax/paths.ts'
import { isFunction, memberKey, unwrap } from '../syntax/syntax.ts'

/**
 * How the parts of a value make it up:
 * - `either`: one of them is the value, perhaps in another form
 * - `together`: all of them are in it
 * - `repeated`: they are put into it time and again, as in a loop
 */
type How = 'either' | 'together' | 'repeated'

/** The parts of a text, number or list of bytes, one step down. */
export interface Composition {
  readonly how: How
  readonly parts: readonly Node[]
}

type Nodes = readonly (Node | null | undefined)[]

const COMPOSERS: ByType<Composition | undefined, [code: LocalCode]> = {
  TemplateLiteral: ({ expressions }) => of('together', expressions),
  BinaryExpression: ({ operator, left, right }) =>
    COMBINES.test(operator) ? of('together', [left, right]) : undefined,
  UnaryExpression: ({ operator, argument }) =>
    /^[-+~]$/.test(operator) ? of('either', [argument]) : undefined,
  AwaitExpression: ({ argument }) => of('either', [argument]),
  SpreadElement: ({ argument }) => of('either', [argument]),
  LogicalExpression: ({ left, right }) => of('either', [left, right]),
  ConditionalExpression: ({ consequent, alternate }) => of('either', [consequent, alternate]),
  SequenceExpression: ({ expressions }) => of('either', expressions.slice(-1)),
  AssignmentExpression: ({ operator, left, right }) =>
    operator === '+=' ? of('together', [left, right]) : of('either', [right]),
  ArrayExpression: ({ elements }) => of('together', elements),
  Identifier: composeVariable,
  MemberExpression: (node) => (isPick(node) ? of('either', [node.object]) : undefined),
  CallExpression: composeCall,
  NewExpression: ({ callee, arguments: given }, { source }) =>
    BYTES.test(pathOf(callee, source) ?? '') ? of('either', given.slice(0, 1)) : undefined,
}

/** Classes of bytes that are made of other bytes, or of a count of them. */
const BYTES = /^(?:Uint8Array|Uint16Array|Uint32Array|DataView)$/

const COMBINES = /^(?:[-+*/%|^&]|\*\*|<<|>>>?)$/

/** Functions that give back their first argument in another form. */
const CONVERTS = new RegExp(
  [
    'String|Number|BigInt|parseInt|parseFloat|Number\\.parse(?:Int|Float)',
    'Math\\.(?:floor|ceil|round|trunc|abs)',
    '(?:buffer\\.)?Buffer\\.(?:from|concat)|(?:Array|Uint8Array)\\.from',
    'btoa|atob|escape|encodeURI|encodeURIComponent|decodeURIComponent',
  ]
    .map((path) => `^(?:${path})$`)
    .join('|'),
)

/** Functions whose result is made of all of their arguments. */
const JOINS = /^(?:String\.from(?:CharCode|CodePoint)|Math\.(?:max|min|pow))$/

/** Functions that call their second argument time and again, and give back what it gives. */
const REPEATS = /^(?:(?:Array|Uint8Array|Buffer)\.from|(?:lodash|underscore)[./]times)$/

/** Methods that give back what they are called on, or parts of it, in another form. */
const CONVERTING_METHODS: ReadonlySet<string> = new Set(
  (
    'toString toLocaleString valueOf toFixed toHexString slice substring substr subarray at charAt split trim trimStart ' +
    'trimEnd toUpperCase toLowerCase normalize padStart padEnd repeat join reverse sort fill replace replaceAll concat'
  ).split(' '),
)

/** Methods that put what their callback gives into what they give back, and where the callback stands. */
const REPEATING_METHODS: ReadonlyMap<string, number> = new Map([
  ['map', 0],
  ['flatMap', 0],
  ['reduce', 0],
  ['sort', 0],
  ['toSorted', 0],
  ['replace', 1],
  ['replaceAll', 1],
])

/** The parts of `node`; undefined where they do not show. */
export function compositionOf(node: Node, code: LocalCode): Composition | undefined {
  const bare = unwrap(node)
  const compose = COMPOSERS[bare.type] as
    ((node: Node, code: LocalCode) => Composition | undefined) | undefined
  return compose?.(bare, code)
}

/** `node`, what it consists of, what that consists of, and so on; looks no further into nodes for which `enter` is false. */
export function* provenanceOf(
  node: Node,
  code: LocalCode,
  enter: (node: Node) => boolean = () => true,
): Generator<Node> {
  const seen = new Set<Node>()
  const left = [node]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const bare = unwrap(next)
    if (seen.has(bare)) continue
    seen.add(bare)
    yield bare
    if (enter(bare)) left.push(...(compositionOf(bare, code)?.parts ?? []).toReversed())
  }
}

/** Whether `member` is an element of a list or a character of a text: `letters[index]`. */
export function isPick(member: MemberExpression): boolean {
  const key = memberKey(member)
  return member.computed && (key === undefined || isIndex(key))
}

function isIndex(key: string): boolean {
  return /^\d+$/.test(key)
}

function of(how: How, parts: Nodes): Composition {
  return { how, parts: parts.filter((part) => part !== null && part !== undefined) }
}

function composeVariable(identifier: Identifier, code: LocalCode) {
  const variable = variableOf(identifier, code.source)
  if (variable === undefined || parameterOf(variable) !== undefined) return undefined
  const origins = originsAt(variable, identifier, code.source)
  const isPlain = origins.length > 0 && origins.every(({ keys }) => keys.every(isIndex))
  if (!isPlain) return undefined
  const how = origins.some(adds) ? 'repeated' : 'either'
  return of(
    how,
    origins.map(({ node }) => node),
  )
}

/** Whether a variable keeps what it had before: `text += node`, `list.push(node)`. */
function adds({ node, into }: Origin): boolean {
  const { parent } = node
  return into === EACH || (parent?.type === 'AssignmentExpression' && parent.operator === '+=')
}

function composeCall(call: CallExpression, code: LocalCode): Composition | undefined {
  const [first, second] = call.arguments
  const path = pathOf(call.callee, code.source) ?? ''
  if (second !== undefined && REPEATS.test(path)) return resultsOf(second, 'repeated', code)
  if (CONVERTS.test(path)) return of('either', [first])
  if (JOINS.test(path)) return of('together', call.arguments)
  const local = resultsOf(call.callee, 'either', code)
  if (local !== undefined) return local
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return undefined
  return composeMethod(memberKey(callee) ?? '', callee.object, call.arguments, code)
}

function composeMethod(
  method: string,
  receiver: Node,
  given: readonly Node[],
  code: LocalCode,
): Composition | undefined {
  const callback = given[REPEATING_METHODS.get(method) ?? -1]
  const repeated = callback && resultsOf(callback, 'repeated', code)
  if (repeated !== undefined) return of('repeated', [...repeated.parts, receiver])
  if (!CONVERTING_METHODS.has(method)) return undefined
  return method === 'concat' ? of('together', [receiver, ...given]) : of('either', [receiver])
}

/** The results of the function of this file that `callee` names. */
function resultsOf(callee: Node, how: How, code: LocalCode): Composition | undefined {
  const owner = code.functionOf(callee)
  const results = owner === undefined ? [] : code.returnsOf(owner)
  return results.length === 0 || results.every(isFunction) ? undefined : of(how, results)
}
