import type { TSESLint } from '@typescript-eslint/utils'
import type { Node } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { type Analysis, analysisOf } from '../engine/analysis.ts'
import { cryptoImport } from '../engine/syntax/member-calls.ts'
import { NAMING_TYPES, nameOfFunction } from '../engine/code/bound-values.ts'
import { guessableSource, mayGuess } from '../engine/randomness/guessable-sources.ts'
import { GuessableValues } from '../engine/randomness/guessable-values.ts'
import { secureReplacement } from '../engine/randomness/random-fixes.ts'
import { isMakeBelieve } from '../engine/randomness/unguessable-names.ts'
import {
  unguessableArguments,
  unguessableByParameter,
  unguessableKept,
  unguessableNamed,
  unguessableParameters,
  type UnguessableValue,
} from '../engine/randomness/unguessable-places.ts'
import { ancestorsOf, isFunction } from '../engine/syntax/syntax.ts'
import { unguessableByPurpose } from '../engine/randomness/unguessable-purposes.ts'
import { visit, visited } from '../engine/visits.ts'
import { modelsOf } from '../models/models-of.ts'
import { list, optionsOf } from './option-schema.ts'

interface Options {
  /** Further names of variables, properties and functions whose value must be unguessable. */
  readonly names?: readonly string[]
}

type MessageIds = 'guessable' | 'deprecated' | 'biased' | 'useRandomBytes' | 'useRandomInt'

/** Finds secrets that are made of what can be guessed. */
export const noInsecureRandom = createRule<[Options], MessageIds>({
  name: 'no-insecure-random',
  meta: {
    type: 'problem',
    docs: { description: 'Make secrets of secure random values', cwe: 'CWE-338' },
    messages: {
      guessable:
        '{{what}} is made of {{source}}, which can be guessed. Take it from randomBytes, randomInt or randomUUID of node:crypto.',
      deprecated:
        '{{what}} is made of {{source}}, which promises no secure bytes and is deprecated. Take it from randomBytes of node:crypto.',
      biased:
        '{{what}} is made of {{source}}, of which some come more often. Take it from randomInt of node:crypto.',
      useRandomBytes: 'Take 32 random bytes.',
      useRandomInt: 'Take a random whole number of node:crypto.',
    },
    hasSuggestions: true,
    schema: optionsOf('A value that must be unguessable.', {
      names: list('Further names of values that must be unguessable.'),
    }),
    defaultOptions: [{ names: [] }],
  },
  create(context, [{ names = [] }]) {
    const source = context.sourceCode
    if (!mayGuess(source)) return {}
    return visit(context, {}, () => {
      const analysis = analysisOf(context)
      const { code } = analysis
      const further = new Set(names)
      const calls = visited(source, 'CallExpression', 'NewExpression')
      const takes = modelsOf(source).mayTake(source.text)
      const values = [
        ...visited(source, ...NAMING_TYPES).flatMap((node) => [
          ...unguessableNamed(node, code, further),
          ...unguessableByPurpose(node, code),
        ]),
        ...calls.flatMap((call) => unguessableByParameter(call, code)),
        ...visited(source, 'TemplateLiteral').flatMap(unguessableParameters),
        ...visited(source, 'CallExpression').flatMap((call) => unguessableKept(call, code)),
        ...(takes ? calls.flatMap((call) => unguessableArguments(call, code)) : []),
      ]
      reportAll(values, analysis, context)
    })
  },
})

function reportAll(
  values: readonly UnguessableValue[],
  analysis: Analysis,
  context: Readonly<TSESLint.RuleContext<MessageIds, readonly unknown[]>>,
): void {
  const { code, source } = analysis
  const guessable = new GuessableValues(analysis)
  const reported = new Set<Node>()
  for (const place of values) {
    for (const node of guessable.in(place)) {
      if (reported.has(node) || isMadeUp(node)) continue
      reported.add(node)
      const { name, kind } = guessableSource(node, source) ?? {}
      const data = { what: place.what, source: name ?? '' }
      const messageId = kind === 'deprecated' || kind === 'biased' ? kind : 'guessable'
      const suggest = suggestions(place.value, node, code)
      context.report({ node, messageId, data, suggest })
    }
  }
}

/** Whether `node` stands in a function that makes up data for tests and demonstrations. */
function isMadeUp(node: Node): boolean {
  for (const around of ancestorsOf(node)) {
    if (isFunction(around) && isMakeBelieve(nameOfFunction(around) ?? '')) return true
  }
  return false
}

function suggestions(
  value: Node,
  place: Node,
  code: Analysis['code'],
): TSESLint.ReportSuggestionArray<MessageIds> {
  const replacement = secureReplacement(value, place, code)
  const imports = replacement && cryptoImport([replacement.name], replacement.node, code.source)
  if (replacement === undefined || imports === undefined) return []
  const { name, node, text } = replacement
  return [
    {
      messageId: name === 'randomBytes' ? 'useRandomBytes' : 'useRandomInt',
      fix: (fixer) => [...imports(fixer), fixer.replaceText(node, text)],
    },
  ]
}
