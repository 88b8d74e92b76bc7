import type { TSESTree } from '@typescript-eslint/utils'
import type { ByType, Node } from '../syntax/nodes.ts'
import { enclosing, isFunction } from '../syntax/syntax.ts'

/** A value on its way to a place that may have a type of its own. */
export interface GivenValue {
  readonly value: Node
  /** The type that is written at the place. A parameter or a property has its own elsewhere. */
  readonly annotation: TSESTree.TypeNode | undefined
}

type Value = Node | null | undefined
type Annotation = TSESTree.TypeNode | TSESTree.TSTypeAnnotation | null | undefined

const GIVERS = {
  VariableDeclarator: ({ id, init }) => annotated(init, id.typeAnnotation),
  PropertyDefinition: ({ typeAnnotation, value }) => annotated(value, typeAnnotation),
  TSAsExpression: ({ expression, typeAnnotation }) => annotated(expression, typeAnnotation),
  TSTypeAssertion: ({ expression, typeAnnotation }) => annotated(expression, typeAnnotation),
  ReturnStatement: (node) => annotated(node.argument, resultOf(node)),
  YieldExpression: (node) => annotated(node.argument, resultOf(node)),
  ArrowFunctionExpression: ({ body, returnType }) => annotated(body, returnType),
  AssignmentPattern: ({ left, right }) => [given(right, left.typeAnnotation)],
  AssignmentExpression: ({ right }) => [given(right)],
  TaggedTemplateExpression: ({ quasi }) => quasi.expressions.map((value) => given(value)),
  CallExpression: (call) => call.arguments.map((value) => given(value)),
  NewExpression: (call) => call.arguments.map((value) => given(value)),
} as const satisfies ByType<GivenValue[]>

/** A node that gives values away. */
export type Giver = Extract<Node, { type: keyof typeof GIVERS }>

/** All kinds of {@link Giver}. */
export const GIVER_TYPES = Object.keys(GIVERS) as (keyof typeof GIVERS)[]

/** The values that `giver` gives to an annotated place, as an argument, or to what it assigns to. */
export function givenBy(giver: Giver): GivenValue[] {
  const give = GIVERS[giver.type] as (node: Giver) => GivenValue[]
  return give(giver)
}

/** `value`, or, of objects and arrays that are written out there, all the values in them. */
export function* writtenValuesOf(value: Node): Generator<Node> {
  switch (value.type) {
    case 'ObjectExpression':
      for (const property of value.properties) {
        if (property.type === 'Property') yield* writtenValuesOf(property.value)
      }
      break
    case 'ArrayExpression':
      for (const element of value.elements) if (element !== null) yield* writtenValuesOf(element)
      break
    case 'ConditionalExpression':
      yield* writtenValuesOf(value.consequent)
      yield* writtenValuesOf(value.alternate)
      break
    default:
      yield value
  }
}

function annotated(value: Value, annotation: Annotation): GivenValue[] {
  const isGiven =
    value !== null && value !== undefined && annotation !== undefined && annotation !== null
  return isGiven ? [given(value, annotation)] : []
}

function given(value: Node, annotation?: Annotation): GivenValue {
  const isWrapped = annotation?.type === 'TSTypeAnnotation'
  return { value, annotation: (isWrapped ? annotation.typeAnnotation : annotation) ?? undefined }
}

function resultOf(node: Node): TSESTree.TSTypeAnnotation | undefined {
  return enclosing(node, isFunction)?.returnType
}
