import type { Node, SourceCode } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { type CallNode, memberKey, unwrap } from '../syntax/syntax.ts'

/** Something that gives values which can be guessed. */
export interface GuessableSource {
  /** How messages call it. */
  readonly name: string
  /** Whether it only picks from what it is given, so that many of them are needed to make a secret. */
  readonly isPick: boolean
}

type Row = readonly [path: RegExp, name: string]

/**
 * Functions and constructors by their path. V8's `Math.random` is xorshift128+ (https://v8.dev/blog/math-random), whose
 * state follows from a few of its values; the documentation of the others excludes secrets, or they give what is public.
 */
const SOURCES: readonly Row[] = [
  [/^Math\.random$/, 'Math.random'],
  [/^Date\.now$|^Date(?:\(\)\.\w+)?$/, 'the time'],
  [/^(?:perf_hooks\.)?performance\.now$/, 'the time'],
  [/^process\.(?:hrtime(?:\.bigint)?|uptime)$/, 'the time'],
  [/^process\.pid$/, 'the process id'],
  [/^uuid[./]v[1356]$/, 'a UUID that is not random'],
  [/^(?:mongodb|mongoose|bson)\b.*ObjectId\b/i, 'an ObjectId'],
  [/^(?:cuid|uniqid|shortid\.generate|node-uuid\.v1)(?:$|\.)/, 'an id that is not random'],
  [/^(?:lodash|underscore|lodash-es)[./]uniqueId$/, 'uniqueId'],
  [/^nanoid\/non-secure\b/, 'nanoid/non-secure'],
  [/^(?:lodash|underscore|lodash-es)[./](?:random|sample|sampleSize|shuffle)$/, 'lodash'],
  [/^(?:seedrandom|random-seed|alea|prando)\b/, 'a seeded generator'],
  [/^(?:mersenne-twister|mersenne|random-js|pure-rand)\b/, 'a Mersenne twister'],
  [/^(?:chance|casual)\b/, 'chance'],
  [/^(?:@faker-js\/faker|faker)\b/, 'faker'],
  [/^(?:random-string|random-letters|math-random)$/, 'a generator that is not secure'],
]

/** Functions that pick one of what they are given. */
const PICKS = /[./](?:sample|pickone|arrayElement)$/

/** A word that every file with such a source contains; others need not be examined. */
export const GUESSABLE_TEXT =
  /Math\.random|Date\.now|\bDate\(|new Date\b|performance\.now|hrtime|\.pid\b|uptime|uuid|ObjectId|cuid|uniqid|shortid|uniqueId|non-secure|lodash|underscore|seed|alea|prando|mersenne|random-|pure-rand|chance|casual|faker/

/** Functions whose result is unguessable. */
const SECURE =
  /(?:^|\.)(?:randomBytes|randomUUID|randomInt|getRandomValues|randomFillSync|generateKeySync)(?:\(\))?$|^(?:nanoid|uuid\.v4|uuid\/v4|@paralleldrive\/cuid2)\b/

/** The kind of `node`, if its value can be guessed. */
export function guessableSource(node: Node, source: SourceCode): GuessableSource | undefined {
  const path = sourcePath(node, source)
  const row = path === undefined ? undefined : SOURCES.find(([pattern]) => pattern.test(path))
  return row && { name: row[1], isPick: PICKS.test(path ?? '') }
}

/** Whether the result of the call `node` is unguessable. */
export function isSecureSource(node: Node, source: SourceCode): boolean {
  const isCall = node.type === 'CallExpression'
  return isCall && SECURE.test(pathOf(node.callee, source) ?? '')
}

/** The path of what `node` calls, constructs or reads. */
function sourcePath(node: Node, source: SourceCode): string | undefined {
  switch (node.type) {
    case 'NewExpression':
    case 'CallExpression':
      return isMadeOfGiven(node, source) ? undefined : pathOf(node.callee, source)
    case 'MemberExpression':
      return memberKey(node) === 'pid' ? pathOf(node, source) : undefined
    default:
      return undefined
  }
}

/** `new Date(created)` and `new ObjectId(id)`, and their methods, which give the time and the id that they were given. */
function isMadeOfGiven(call: CallNode, source: SourceCode): boolean {
  const callee = unwrap(call.callee)
  const isMethod = callee.type === 'MemberExpression'
  const made = isMethod ? constantValue(callee.object, source) : call
  return (
    made.type === 'NewExpression' &&
    made.arguments.length > 0 &&
    /^Date$|\bObjectId$/i.test(pathOf(made.callee, source) ?? '')
  )
}
