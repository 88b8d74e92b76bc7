import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { readPut } from './read-puts.ts'
import { type ClassNode, isFunction } from '../syntax/syntax.ts'
import { leftOutOfWhole, narrow } from './access-path.ts'

/** A call in a call in a call: deeper chains of constructors are not followed. */
const MAX_FRAMES = 3

/** Reads `this`: the fields of the class, or the properties of the object literal, that it stands in. */
export function readThis(
  node: TSESTree.ThisExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const literal = flow.code.literalOf(node)
  if (literal !== undefined) return flow.read(literal, keys, frame)
  const owner = flow.code.classOf(node)
  return owner === undefined ? undefined : readFields(owner, keys, frame, flow)
}

/** Reads a new instance of a class of this file: its fields, as this construction sets them. */
export function readInstance(
  construction: TSESTree.NewExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const owner = flow.code.constructed(construction)
  if (owner === undefined || (frame?.depth ?? 0) >= MAX_FRAMES) return undefined
  return readFields(owner, keys, instanceFrame(construction, frame, flow), flow)
}

/** The call of the constructor that `construction` runs; undefined if that is not one of this file. */
export function instanceFrame(
  construction: TSESTree.NewExpression,
  outer: Frame | undefined,
  flow: Flow,
): Frame | undefined {
  const owner = flow.code.constructed(construction)
  const body = owner && constructorOf(owner, flow)
  if (!isFunction(body)) return undefined
  return { owner: body, arguments: construction.arguments, outer, depth: (outer?.depth ?? 0) + 1 }
}

/** Reads a static member of a class of this file. Printed as a whole, a class shows none. */
export function readStatic(
  owner: ClassNode,
  [key, ...rest]: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  return key === undefined ? undefined : readFields(owner, [key, ...rest], frame, flow)
}

function readFields(
  owner: ClassNode,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const lineage = flow.code.lineageOf(owner)
  const leftOut = leftOutOfWhole(keys)
  const accessPaths =
    leftOut === undefined
      ? [keys]
      : lineage
          .flatMap((each) => flow.code.shownFieldsOf(each))
          .flatMap((key) => [narrow([key], leftOut) ?? []])
  return strongest(accessPaths, ([key, ...rest]) =>
    key === undefined
      ? undefined
      : strongest(lineage, (each) => readField(each, key, rest, frame, flow)),
  )
}

function readField(
  owner: ClassNode,
  key: string,
  rest: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const readers = [
    () =>
      strongest(flow.code.membersOf(owner, key), (member) =>
        isFunction(member) ? undefined : flow.read(member, rest, frame),
      ),
    () => strongest(flow.code.putsInto(owner, key), (put) => readPut(put, rest, frame, flow)),
  ]
  return strongest(readers, (reader) => reader())
}

function constructorOf(owner: ClassNode, { code }: Flow): TSESTree.Node | undefined {
  for (const { body } of code.lineageOf(owner)) {
    for (const member of body.body) {
      const isConstructor =
        member.type === AST_NODE_TYPES.MethodDefinition && member.kind === 'constructor'
      if (isConstructor) return member.value
    }
  }
  return undefined
}
