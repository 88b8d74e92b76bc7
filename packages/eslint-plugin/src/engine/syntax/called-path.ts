import { AST_NODE_TYPES } from '@typescript-eslint/utils'
import { pathOf } from './paths.ts'
import { perFile } from '../per-file.ts'
import type { CallNode } from './syntax.ts'

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
  return call.type === AST_NODE_TYPES.NewExpression ? `new ${usual}` : usual
})
