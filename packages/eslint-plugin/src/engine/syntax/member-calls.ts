import { ASTUtils, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, MemberExpression, Node, SourceCode } from './nodes.ts'
import { type CallNode, memberKey, unwrap } from './syntax.ts'
import { visited } from '../visits.ts'
import { pathOf } from './paths.ts'
import { perFile } from '../per-file.ts'

/** `object.key(…)` */
interface MemberCall {
  readonly call: CallExpression
  readonly callee: MemberExpression
  readonly arguments: readonly TSESTree.CallExpressionArgument[]
}

const KNOWN = new WeakMap<SourceCode, ReadonlyMap<string, readonly MemberCall[]>>()

/** The calls in the file of `source` of methods that are called `key`, on any object. Reads the file once. */
export function memberCalls(source: SourceCode, key: string): readonly MemberCall[] {
  const byKey = KNOWN.get(source) ?? collect(source)
  KNOWN.set(source, byKey)
  return byKey.get(key) ?? []
}

function collect(source: SourceCode): ReadonlyMap<string, readonly MemberCall[]> {
  const byKey = new Map<string, MemberCall[]>()
  for (const node of visited(source, 'CallExpression')) {
    const callee = unwrap(node.callee)
    const key = callee.type === 'MemberExpression' ? memberKey(callee) : undefined
    if (callee.type !== 'MemberExpression' || key === undefined) continue
    const calls = byKey.get(key) ?? []
    calls.push({ call: node, callee, arguments: node.arguments })
    byKey.set(key, calls)
  }
  return byKey
}

/** Ways to the same functions: `node:crypto` has the Web Crypto API, and so do windows and workers. */
const ALIASES: readonly (readonly [from: RegExp, to: string])[] = [
  [/^(?:window|self)\./, ''],
  [/^(?:crypto\.)?webcrypto\./, 'crypto.'],
  [/^buffer\.(?=Buffer\b)/, ''],
]

const HAS_ALIAS = /^(?:window|self|crypto|webcrypto|buffer)\./

/** Paths that come from no package; but a plugin may be handed to it, and any `Secret` takes the same. */
const LOCAL = /^(?:new )?[$.](?!.*(?:\.register|Secret\.of)$)/

/** Whether a call with that path runs a function of this repository, so that its parameters are unknown. */
export function isLocalPath(path: string): boolean {
  return LOCAL.test(path)
}

/**
 * The path of the function that `call` runs, see {@link pathOf}, by one name where there are several; a constructor has
 * `new` before it.
 */
export const calledPath = perFile((call: CallNode, source) => {
  const path = pathOf(call.callee, source)
  if (path === undefined) return undefined
  const usual = HAS_ALIAS.test(path)
    ? ALIASES.reduce((whole, [from, to]) => whole.replace(from, to), path)
    : path
  return call.type === 'NewExpression' ? `new ${usual}` : usual
})

const MODULE_SYNTAX: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
])

/**
 * Makes the fix that brings `names` of `node:crypto` to `place`, as far as they are not there; undefined where one of
 * them is something else.
 */
export function cryptoImport(
  names: readonly string[],
  place: Node,
  source: SourceCode,
): ((fixer: TSESLint.RuleFixer) => TSESLint.RuleFix[]) | undefined {
  const scope = source.getScope(place)
  const isMissing = (name: string) => (ASTUtils.findVariable(scope, name)?.defs.length ?? 0) === 0
  const missing = names.filter(isMissing)
  const present = names.filter((name) => !missing.includes(name))
  const isOther = present.some((name) => {
    const identifier = ASTUtils.findVariable(scope, name)?.identifiers[0]
    return identifier === undefined || pathOf(identifier, source) !== `crypto.${name}`
  })
  if (isOther) return undefined
  const first = source.ast.body.find((statement) => !('directive' in statement))
  if (missing.length === 0 || first === undefined) return () => []
  return (fixer) => [fixer.insertTextBefore(first, `${importOf(missing, source)}\n`)]
}

function importOf(names: readonly string[], { ast, text }: SourceCode): string {
  const list = `{ ${[...names].sort().join(', ')} }`
  const isModule = ast.body.some(({ type }) => MODULE_SYNTAX.has(type))
  return !isModule && /\brequire\(/.test(text)
    ? `const ${list} = require('node:crypto')`
    : `import ${list} from 'node:crypto'`
}
