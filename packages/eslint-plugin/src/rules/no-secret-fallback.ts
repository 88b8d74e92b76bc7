import type { Node, SourceCode } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { inCall, inDeclaration } from '../engine/fallbacks/declared-fallbacks.ts'
import type { Fallback } from '../engine/fallbacks/fallback.ts'
import { constantsIn, judgeFallback } from '../engine/fallbacks/fallback-text.ts'
import {
  inAssignment,
  inCondition,
  inDefault,
  inMerge,
  inOperator,
  inReturn,
  inSpread,
} from '../engine/fallbacks/value-fallbacks.ts'
import { visit } from '../engine/visits.ts'
import { flag, list, optionsOf } from './option-schema.ts'

interface Options {
  /** Names that look like those of secrets and are not. */
  readonly ignoreNames?: readonly string[]
  /** Whether an empty text may stand in for a secret. */
  readonly allowEmpty?: boolean
}

type MessageIds = 'fallback' | 'emptyFallback' | 'removeFallback'

/** No file without one of these has a finding. */
const SECRET_TEXT = /secret|pass|pwd|token|key|credential|bearer|authorization|jwt|otp|\bpw|:\/\//i

/** Finds secrets that have a value even where none was given. */
export const noSecretFallback = createRule<[Options], MessageIds>({
  name: 'no-secret-fallback',
  meta: {
    type: 'problem',
    hasSuggestions: true,
    docs: { description: 'Let a missing secret be an error', cwe: 'CWE-1188' },
    messages: {
      fallback:
        'Where {{what}} is missing, a value from the code takes its place, which every reader of the code knows. Refuse to start without a secret.',
      emptyFallback:
        'Where {{what}} is missing, an empty text takes its place, and checks that need it pass. Refuse to start without a secret.',
      removeFallback: 'Remove the fallback.',
    },
    schema: optionsOf('What is no secret.', {
      ignoreNames: list('Names that look like those of secrets and are not.'),
      allowEmpty: flag('Whether an empty text may stand in for a secret.'),
    }),
    defaultOptions: [{ ignoreNames: [], allowEmpty: false }],
  },
  create(context, [{ ignoreNames = [], allowEmpty = false }]) {
    const source = context.sourceCode
    if (!SECRET_TEXT.test(source.text)) return {}
    const ignored = new Set(ignoreNames)
    const reported = new Set<Node>()

    function report({ named, value, remove }: Fallback) {
      if (ignored.has(named.name)) return
      for (const node of constantsIn(value, source)) {
        const messageId = judgeFallback(node, named, source)
        if (messageId === undefined || reported.has(node)) continue
        if (messageId === 'emptyFallback' && allowEmpty) continue
        reported.add(node)
        const suggest =
          remove === undefined ? [] : [{ messageId: 'removeFallback' as const, fix: remove }]
        context.report({ node, messageId, data: { what: named.what }, suggest })
      }
    }

    function finding<T extends Node>(find: (node: T, source: SourceCode) => Fallback[]) {
      return (node: T) => {
        find(node, source).forEach(report)
      }
    }

    return visit(context, {
      LogicalExpression: finding(inOperator),
      ConditionalExpression: finding(inCondition),
      AssignmentExpression: finding(inAssignment),
      AssignmentPattern: finding(inDefault),
      ReturnStatement: finding(inReturn),
      ObjectExpression: finding(inSpread),
      Property: finding(inDeclaration),
      CallExpression: finding((node) => [...inCall(node, source), ...inMerge(node, source)]),
    })
  },
})
