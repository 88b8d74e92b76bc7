import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { perFile } from '../per-file.ts'
import { pathOf } from '../syntax/paths.ts'
import { descend, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'

/** Errors through callers of callers: the search ends at this depth. */
const MAX_FRAMES = 2

type ThrowSite = TSESTree.ThrowStatement | TSESTree.CallExpression

/** Functions whose errors show what they are given: a piece of the text, the command line. */
const THROWS_GIVEN = /^(?:JSON\.parse|child_process\.exec(?:File)?Sync)$/

/** Reads what is thrown where `block` runs and goes out of it, by the block itself or by functions of the file. */
export function readThrown(
  block: TSESTree.Node,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  return strongest(throwSitesIn(block, flow.source), (site) =>
    site.type === AST_NODE_TYPES.ThrowStatement
      ? flow.read(site.argument, keys, frame)
      : readThrownBy(site, keys, frame, flow),
  )
}

/** Reads what the promise `node` is rejected with. */
export function readRejection(
  node: TSESTree.Node,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const bare = unwrap(node)
  if (bare.type !== AST_NODE_TYPES.CallExpression) return undefined
  const callee = unwrap(bare.callee)
  const reason = bare.arguments[0]
  if (pathOf(callee, flow.source) === 'Promise.reject' && reason !== undefined) {
    return flow.read(reason, keys, frame)
  }
  const isChained = callee.type === AST_NODE_TYPES.MemberExpression && memberKey(callee) === 'then'
  return isChained
    ? readRejection(callee.object, keys, frame, flow)
    : readThrownBy(bare, keys, frame, flow)
}

function readThrownBy(
  call: TSESTree.CallExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (THROWS_GIVEN.test(pathOf(call.callee, flow.source) ?? '')) {
    const texts = call.arguments.filter(({ type }) => type !== AST_NODE_TYPES.ObjectExpression)
    return strongest(texts, (text) => flow.read(text, [], frame))
  }
  const owner = flow.code.functionOf(call.callee)
  const depth = (frame?.depth ?? 0) + 1
  if (owner === undefined || depth > MAX_FRAMES) return undefined
  return readThrown(
    owner.body,
    keys,
    { owner, arguments: call.arguments, outer: frame, depth },
    flow,
  )
}

const throwSitesIn = perFile((block: TSESTree.Node, source): readonly ThrowSite[] => {
  const sites: ThrowSite[] = []
  for (const node of descend(block, source.visitorKeys, goesOutOf)) {
    const { type } = node
    if (type === AST_NODE_TYPES.ThrowStatement || type === AST_NODE_TYPES.CallExpression) {
      sites.push(node)
    }
  }
  return sites
})

/** Whether what is thrown in `node` leaves the node around it. */
function goesOutOf(node: TSESTree.Node): boolean {
  const { parent } = node
  const isCaught =
    parent?.type === AST_NODE_TYPES.TryStatement && parent.block === node && parent.handler !== null
  return !isFunction(node) && !isCaught
}
