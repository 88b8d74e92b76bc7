import type { Node, SourceCode, Variable } from '../syntax/nodes.ts'
import { annotationOf } from '../code/annotations.ts'
import { codeOf } from '../code/code-of.ts'
import { propertiesNamed, propertiesReached } from './walks.ts'
import { isHandleName, isSecretName } from '../naming/names.ts'
import { perFile } from '../per-file.ts'
import { calledPath, isLocalPath } from '../syntax/member-calls.ts'
import { constantText, variableOf } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { type CallNode, memberKey, unwrap } from '../syntax/syntax.ts'
import type { TakenKind, TakesRow } from '../../models/model-table.ts'
import { modelsOf } from '../../models/models-of.ts'

/** A value that a call takes, by a row of the models. */
export interface TakenValue {
  readonly node: Node
  readonly kind: TakenKind
  /** The path of the function, without `new`. */
  readonly path: string
  /** The argument that names the encoding of a key. */
  readonly encoding: Node | undefined
}

/** The values that `call` takes which are secret, or on which the strength of a secret depends. */
export const takenBy = perFile((call: CallNode, source): readonly TakenValue[] => {
  const { path, given } = runBy(call, source) ?? {}
  if (path === undefined || given === undefined) return []
  return modelsOf(source)
    .takenBy(path)
    .filter((row) => holds(row, given, source))
    .flatMap(({ at, kind, encodedBy }) => {
      const encoding = encodedBy === undefined ? undefined : given[encodedBy]
      return at
        .flatMap((place) => valuesAt(place, given, source))
        .flatMap(({ node, isOther }) =>
          valuesGiven(node, source).map((value) => ({
            node: value,
            kind: isOther ? ('url' as const) : kind,
            path,
            encoding,
          })),
        )
    })
})

const SECRET_MAKER = /(?:^|[./$])Secret\.of$/

/** A function, by its path if it has one, and the arguments that it gets. */
interface Run {
  readonly path: string | undefined
  readonly given: readonly Node[]
}

/** The function that `call` runs in the end, and what it is given: a plugin may be handed to `register`. */
export function runBy(call: CallNode, source: SourceCode): Run | undefined {
  const path = calledPath(call, source)?.replace(/^new /, '')
  if (path === undefined) return undefined
  const [first, ...rest] = call.arguments
  const plugin = path.endsWith('.register') && first ? pathOf(first, source) : undefined
  if (plugin !== undefined) return { path: plugin, given: rest }
  if (SECRET_MAKER.test(path)) return { path: 'Secret.of', given: call.arguments }
  if (!isLocalPath(path)) return { path, given: call.arguments }
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return undefined
  const written = annotationOf(callee.object, source)
  return { path: written && `${written}().${memberKey(callee) ?? ''}`, given: call.arguments }
}

function holds({ when = {} }: TakesRow, given: readonly Node[], source: SourceCode): boolean {
  return Object.entries(when).every(([places, texts]) =>
    places
      .split('|')
      .flatMap((place) => valuesAt(place, given, source))
      .some(({ node }) => texts.includes(constantText(node, source) ?? '')),
  )
}

/** A value at a place of a row. */
export interface Placed {
  readonly node: Node
  /** Whether it is only beside what is called like a secret: a URL with a password in it may be there. */
  readonly isOther: boolean
}

/** The value itself, or what it gives where it is a function: `genid: () => 'x'`. */
function valuesGiven(node: Node, source: SourceCode): readonly Node[] {
  const code = codeOf(source)
  const owner = code.functionOf(node)
  return owner === undefined ? [node] : code.returnsOf(owner)
}

/** The values at a place of a row: an argument, and behind it the names of options. */
export function valuesAt(place: string, given: readonly Node[], source: SourceCode): Placed[] {
  const [index = '', ...names] = place.split('.')
  const start = index === '*' ? given : given.slice(Number(index), Number(index) + 1)
  return names.reduce<Placed[]>(
    (placed, name) =>
      placed
        .flatMap(({ node }) => valuesGiven(node, source))
        .flatMap((node) => optionsAt(node, name, source)),
    start.map((node) => ({ node, isOther: false })),
  )
}

/** Options that are secrets, and are not called so everywhere. */
const OPTION_NAMES: ReadonlySet<string> = new Set(['pass', 'auth', 'secretOrKey'])

/** The values under `name` of the options that `node` may be. */
function optionsAt(node: Node, name: string, source: SourceCode): Placed[] {
  if (name === '**') return secretsIn(node, source)
  const code = codeOf(source)
  const found = name === '*' ? propertiesReached(node, code) : propertiesNamed(node, name, code)
  return found.map((each) => ({ node: each.node, isOther: false }))
}

const LISTED = new WeakMap<SourceCode, Set<Variable>>()

/** Whether the options in `variable` were listed for a call before: once is enough, as they are the same ones. */
function isListed(variable: Variable, source: SourceCode): boolean {
  const known = LISTED.get(source) ?? new Set<Variable>()
  LISTED.set(source, known)
  return known.has(variable) || !known.add(variable)
}

/** The values of all options that are called like a secret, at any depth, and of those that are not. */
function secretsIn(node: Node, source: SourceCode): Placed[] {
  const bare = unwrap(node)
  const variable = bare.type === 'Identifier' ? variableOf(bare, source) : undefined
  if (variable !== undefined && isListed(variable, source)) return [{ node, isOther: true }]
  const seen = new Set<Node>()
  const found: Placed[] = [{ node, isOther: true }]
  const left = [node]
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    if (seen.has(each)) continue
    seen.add(each)
    for (const { name, node: value } of propertiesReached(each, codeOf(source))) {
      const isSecret = (isSecretName(name) || OPTION_NAMES.has(name)) && !isHandleName(name)
      found.push({ node: value, isOther: !isSecret })
      left.push(value)
    }
  }
  return found
}
