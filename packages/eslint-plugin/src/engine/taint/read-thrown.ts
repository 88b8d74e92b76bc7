import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { enterCall, type Flow, type Found, strongest } from './flow.ts'
import { perFile } from '../per-file.ts'
import { leftOutOfWhole, type Keys } from '../graph/access-path.ts'
import { pathOf } from '../syntax/paths.ts'
import { descend, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'

/** Marks the question about what leaves a function as an error; no property is called so. */
const THROWN = '\0thrown'

type ThrowSite = TSESTree.ThrowStatement | CallExpression

/** Functions whose errors show what they are given: a piece of the text, the command line. */
const THROWS_GIVEN = /^(?:JSON\.parse|child_process\.exec(?:File)?Sync)$/

/** Functions whose errors hold the options of the request under `config`, and print them. */
const THROWS_CONFIG =
  /^axios(?:\.(?:request|get|delete|head|options|post|put|patch|postForm|putForm|patchForm))?$/

/** Reads what is thrown where `block` runs and goes out of it, by the block itself or by functions of the file. */
export function readThrown(block: Node, keys: Keys, flow: Flow): Found {
  return strongest(throwSitesIn(block, flow.source), (site) =>
    site.type === 'ThrowStatement'
      ? flow.read(site.argument, keys)
      : readThrownBy(site, keys, flow),
  )
}

/** Reads what the promise `node` is rejected with. */
export function readRejection(node: Node, keys: Keys, flow: Flow): Found {
  const bare = unwrap(node)
  if (bare.type !== 'CallExpression') return undefined
  const callee = unwrap(bare.callee)
  const reason = bare.arguments[0]
  if (pathOf(callee, flow.source) === 'Promise.reject' && reason !== undefined) {
    return flow.read(reason, keys)
  }
  const isChained = callee.type === 'MemberExpression' && memberKey(callee) === 'then'
  return isChained ? readRejection(callee.object, keys, flow) : readThrownBy(bare, keys, flow)
}

function readThrownBy(call: CallExpression, keys: Keys, flow: Flow): Found {
  const path = pathOf(call.callee, flow.source) ?? ''
  if (THROWS_CONFIG.test(path)) return readConfig(call, keys, flow)
  if (THROWS_GIVEN.test(path)) {
    const texts = call.arguments.filter(({ type }) => type !== 'ObjectExpression')
    return strongest(texts, (text) => flow.read(text, []))
  }
  const owner = flow.code.functionOf(call.callee)
  if (owner === undefined) return undefined
  const called = enterCall(owner, call.arguments, flow)
  return called.ask(owner.body, [THROWN, ...keys], () => readThrown(owner.body, keys, called))
}

/** Reads what `keys` shows of the options of the request `call`: all of them, or what lies under `config`. */
function readConfig({ arguments: given }: CallExpression, keys: Keys, flow: Flow): Found {
  const leftOut = leftOutOfWhole(keys)
  const inside = keys[0] === 'config' ? keys.slice(1) : leftOut && []
  return inside && strongest(given, (each) => flow.read(each, inside))
}

const throwSitesIn = perFile((block: Node, source): readonly ThrowSite[] => {
  const sites: ThrowSite[] = []
  for (const node of descend(block, source.visitorKeys, goesOutOf)) {
    const { type } = node
    if (type === 'ThrowStatement' || type === 'CallExpression') sites.push(node)
  }
  return sites
})

/** Whether what is thrown in `node` leaves the node around it. */
function goesOutOf(node: Node): boolean {
  const { parent } = node
  const isCaught =
    parent?.type === 'TryStatement' && parent.block === node && parent.handler !== null
  return !isFunction(node) && !isCaught
}
