import type { TSESLint } from '@typescript-eslint/utils'
import type { Node, SourceCode } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { type Analysis, analysisOf } from '../engine/analysis.ts'
import { constantValue, variableOf } from '../engine/syntax/constants.ts'
import {
  GIVER_TYPES,
  givenBy,
  type GivenValue,
  type Giver,
  writtenValuesOf,
} from '../engine/widening/given-values.ts'
import { keepPath } from '../engine/leaks/found-paths.ts'
import { onlyInspects } from '../engine/widening/inspecting-calls.ts'
import { isHarmlessProperty } from '../engine/naming/names.ts'
import { describe } from '../engine/syntax/paths.ts'
import type { SinkNode } from '../engine/sinks/sink.ts'
import { isSink } from '../engine/sinks/sinks.ts'
import { type CallNode, memberKey } from '../engine/syntax/syntax.ts'
import type { TypeFacts } from '../engine/types/type-facts.ts'
import { isPlainType, isWideType } from '../engine/types/wide-types.ts'
import { visit, visitAll } from '../engine/visits.ts'
import { list, optionsOf } from './option-schema.ts'

interface Options {
  /** Functions that take anything, look at it and keep nothing, by name. */
  readonly inspectors?: readonly string[]
}

type MessageIds = 'hidden' | 'dropAnnotation'

/** A file without this word names no Secret, and nothing that is called one. */
const SECRET_TEXT = /secret/i
/** Nothing was hidden there: parameters without a type are `any` of themselves. */
const JAVASCRIPT = /\.[cm]?jsx?$/

const COULD_BE_SECRET: ReadonlySet<string> = new Set([
  'AwaitExpression',
  'CallExpression',
  'ChainExpression',
  'Identifier',
  'LogicalExpression',
  'MemberExpression',
  'TSAsExpression',
  'TSNonNullExpression',
])

const PLAIN_TYPES: ReadonlySet<string> = new Set([
  'TSArrayType',
  'TSBooleanKeyword',
  'TSNumberKeyword',
  'TSStringKeyword',
  'TSUnknownKeyword',
])

/** Finds Secrets that are given a type which hides them, so that nothing after it can see what they are. */
export const noSecretWidening = createRule<[Options], MessageIds>({
  name: 'no-secret-widening',
  meta: {
    type: 'problem',
    docs: { description: 'Let a Secret keep its type', cwe: 'CWE-704' },
    messages: {
      hidden:
        '{{source}} is a Secret, and from here on its type is {{type}}: no check can see any more what it is. Give it the type Secret, or a type parameter.',
      dropAnnotation: 'Leave the type out, so that it stays a Secret.',
    },
    hasSuggestions: true,
    schema: optionsOf('What may be given a Secret as anything.', {
      inspectors: list('Names of functions that take anything, look at it and keep nothing.'),
    }),
    defaultOptions: [{}],
  },
  create(context, [{ inspectors }]) {
    if (JAVASCRIPT.test(context.filename) || !mayHoldSecret(context)) return {}
    const inspecting = new Set(inspectors)

    function lookAt(giver: Giver) {
      const analysis = analysisOf(context)
      for (const given of givenBy(giver)) {
        for (const part of writtenValuesOf(given.value)) {
          const type = hidingType(part, given, analysis)
          if (type === undefined || onlyLooks(giver, inspecting, analysis)) continue
          const data = { source: describe(part), type }
          const annotation = annotationOver(giver, part)
          const drop = annotation && {
            messageId: 'dropAnnotation' as const,
            fix: (fixer: TSESLint.RuleFixer) => fixer.remove(annotation),
          }
          keepPath(context, part, { kind: 'secret', source: part })
          context.report({ node: part, messageId: 'hidden', data, suggest: drop ? [drop] : [] })
        }
      }
    }

    return visit(context, visitAll(GIVER_TYPES, lookAt))
  },
})

function mayHoldSecret(context: Parameters<typeof analysisOf>[0]): boolean {
  return (
    SECRET_TEXT.test(context.sourceCode.text) || analysisOf(context).types?.reachesSecret === true
  )
}

/** The type that hides `part` on its way, if that is a Secret. */
function hidingType(
  part: Node,
  { value, annotation }: GivenValue,
  analysis: Analysis,
): string | undefined {
  const { types, source } = analysis
  if (annotation !== undefined && isPlainType(annotation)) return undefined
  if (!couldBeSecret(part, source)) return undefined
  if (types !== undefined) {
    // A written type shows at once that it hides; a call shows it only after the choice of an overload.
    const isAsked = annotation === undefined || hiddenWithin(part, value, types) !== undefined
    return isAsked && types.isSecret(part) ? hiddenWithin(part, value, types) : undefined
  }
  const written = annotation === undefined ? '' : source.getText(annotation)
  return isWideType(written) && analysis.taintWith([]).isSecret(part) ? written : undefined
}

/** Asked first, since the checker is slow. */
function couldBeSecret(part: Node, source: SourceCode): boolean {
  const value = constantValue(part, source)
  if (value.type === 'MemberExpression') return !isHarmlessProperty(memberKey(value) ?? '')
  if (value.type !== 'Identifier') return COULD_BE_SECRET.has(value.type)
  const name = variableOf(value, source)?.defs[0]?.name
  const written = name?.type === 'Identifier' ? name.typeAnnotation?.typeAnnotation : undefined
  return written === undefined || !PLAIN_TYPES.has(written.type)
}

/** Looks from `part` outwards, since `any` and `unknown` expect nothing of the properties of what they are given. */
function hiddenWithin(part: Node, whole: Node, types: TypeFacts): string | undefined {
  const isValue = part.type !== 'Property'
  const hiding = isValue ? types.hiddenBy(part) : undefined
  if (hiding !== undefined || part === whole || part.parent === undefined) return hiding
  return hiddenWithin(part.parent, whole, types)
}

/** Whether `giver` only looks at what it is given, or another rule looks at it; also a cast that another makes a Secret again. */
function onlyLooks(
  giver: Giver,
  inspecting: ReadonlySet<string>,
  { source, code, types }: Analysis,
): boolean {
  if (giver.type === 'TSAsExpression') {
    const { parent } = giver
    return parent.type === 'TSAsExpression' && types?.isSecret(parent) === true
  }
  const known = { source, code, types, loggers: new Set<string>() }
  if (isSinkNode(giver) && isSink(giver, known)) {
    return true
  }
  return isCall(giver) && onlyInspects(giver, inspecting, { source, types })
}

function isSinkNode(giver: Giver): giver is Extract<Giver, SinkNode> {
  return (
    isCall(giver) ||
    giver.type === 'TaggedTemplateExpression' ||
    giver.type === 'AssignmentExpression'
  )
}

function isCall(giver: Giver): giver is CallNode {
  return giver.type === 'CallExpression' || giver.type === 'NewExpression'
}

/** The annotation without which a variable or a field would have the type of `part`. */
function annotationOver(giver: Giver, part: Node): Node | undefined {
  if (giver.type === 'VariableDeclarator' && giver.init === part) return giver.id.typeAnnotation
  return giver.type === 'PropertyDefinition' && giver.value === part
    ? giver.typeAnnotation
    : undefined
}
