import type { TSESLint, TSESTree } from '@typescript-eslint/utils'
import type { Node, SourceCode, Variable } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'
import { analysisOf } from '../engine/analysis.ts'
import { constantValue, variableOf } from '../engine/syntax/constants.ts'
import { isExample, isWebAppKey } from '../engine/hardcoded/examples.ts'
import { foldedText } from '../engine/hardcoded/folded-text.ts'
import { secretsGivenTo } from '../engine/hardcoded/given-credentials.ts'
import {
  passwordsSetBy,
  type SecretConstant,
  secretsComparedBy,
  secretsNamedBy,
  secretsPutBy,
} from '../engine/hardcoded/secret-constants.ts'
import { secretInText } from '../engine/hardcoded/text-secrets.ts'
import { NAMING_TYPES } from '../engine/code/bound-values.ts'
import { runText } from '../engine/run-text.ts'
import { modelsOf } from '../models/models-of.ts'
import { describe, lastName } from '../engine/syntax/paths.ts'
import { type CallNode, within } from '../engine/syntax/syntax.ts'
import { visit, visited, type Visitors } from '../engine/visits.ts'
import { list, optionsOf } from './option-schema.ts'

interface Options {
  /** Names that look like those of secrets and are not. */
  readonly ignoreNames?: readonly string[]
}

type MessageIds = 'knownFormat' | 'passwordInUrl' | 'secretInText' | 'givenSecret' | 'namedSecret'

/** A text in the code, and why it is a secret. */
interface Found {
  readonly node: Node
  readonly messageId: MessageIds
  readonly what: string
}

const ADVICE =
  'Every reader of the code, its history or a build has it: revoke it, and read a new one from the secret store.'

/** The reasons, from the most certain: of several for one text, the first is reported. */
const RANK: Readonly<Record<MessageIds, number>> = {
  knownFormat: 0,
  passwordInUrl: 1,
  secretInText: 2,
  givenSecret: 3,
  namedSecret: 4,
}

/** Methods and functions that make one text of several. */
const JOINS = /^(?:join|concat|toString|atob)$/

/** Finds secrets that are written into the code. */
export const noHardcodedSecret = createRule<[Options], MessageIds>({
  name: 'no-hardcoded-secret',
  meta: {
    type: 'problem',
    docs: { description: 'Keep secrets out of the code', cwe: 'CWE-798' },
    messages: {
      knownFormat: `This is {{what}}, by its form. ${ADVICE}`,
      passwordInUrl: `There is a password in this URL. ${ADVICE}`,
      secretInText: `The {{what}} in this text is written into the code. ${ADVICE}`,
      givenSecret: `The secret that {{what}} is given is written into the code. ${ADVICE}`,
      namedSecret: `The value of {{what}} is written into the code. ${ADVICE}`,
    },
    schema: optionsOf('What is no secret.', {
      ignoreNames: list('Names that look like those of secrets and are not.'),
    }),
    defaultOptions: [{ ignoreNames: [] }],
  },
  create(context, [{ ignoreNames = [] }]) {
    const source = context.sourceCode
    const gives = modelsOf(source).mayTake(runText(source))
    const found: Found[] = []
    const grown = new Set<Variable>()
    const add = (more: readonly Found[]) => found.push(...more)
    const addNamed = (secrets: readonly SecretConstant[]) =>
      add(secrets.filter(({ name }) => !ignoreNames.includes(name)).map(asFound))
    const addFolded = (node: Node) => add(inText(node, foldedText(node, source)))
    const addGiven = (call: CallNode) => gives && add(givenTo(call, source))
    const visitors: Visitors = {
      Literal: (node) => add(inText(node, node.value)),
      TemplateLiteral: (node) => add(inText(node, foldedText(node, source) ?? shownText(node))),
      BinaryExpression(node) {
        if (isSum(node) && !isSum(node.parent)) addFolded(node)
        addNamed(secretsComparedBy(node, source))
      },
      AssignmentExpression({ operator, left }) {
        const variable = left.type === 'Identifier' ? variableOf(left, source) : undefined
        if (operator !== '+=' || variable === undefined || grown.has(variable)) return
        grown.add(variable)
        addFolded(left)
      },
      CallExpression(node) {
        if (JOINS.test(lastName(node.callee) ?? '')) addFolded(node)
        addNamed(secretsPutBy(node, source))
        addNamed(passwordsSetBy(node, source))
        addGiven(node)
      },
      NewExpression: addGiven,
    }
    return visit(context, visitors, () => {
      const { code } = analysisOf(context)
      for (const node of visited(source, ...NAMING_TYPES)) {
        addNamed(secretsNamedBy(node, code, source))
      }
      reportOnce(context, found)
    })
  },
})

function inText(node: Node, text: unknown): Found[] {
  const secret = typeof text === 'string' ? secretInText(text) : undefined
  return secret === undefined ? [] : [{ node, ...secret }]
}

function givenTo(call: CallNode, source: SourceCode): Found[] {
  return secretsGivenTo(call, source).map((node) => ({
    node,
    messageId: 'givenSecret',
    what: describe(call.callee),
  }))
}

function asFound({ node, name }: SecretConstant): Found {
  return { node, messageId: 'namedSecret', what: name }
}

/** Reports each of `found` once, where it is written: in the smallest text that has it. */
function reportOnce(
  context: Readonly<TSESLint.RuleContext<MessageIds, readonly unknown[]>>,
  found: readonly Found[],
): void {
  const reported: Node[] = []
  const byCertainty = found.toSorted(
    (one, other) =>
      RANK[one.messageId] - RANK[other.messageId] || sizeOf(one.node) - sizeOf(other.node),
  )
  for (const { node, messageId, what } of byCertainty) {
    const value = constantValue(node, context.sourceCode)
    const place = value.type === 'Literal' ? value : node
    const isKnown = reported.some((other) => within(other, place) || within(place, other))
    const isShown = messageId !== 'knownFormat' && isExample(place)
    if (isKnown || isShown || isWebAppKey(place) || isPublic(place, context.sourceCode)) continue
    reported.push(place)
    context.report({ node: place, messageId, data: { what } })
  }
}

function isPublic(place: Node, source: SourceCode): boolean {
  return place.type === 'Literal' && modelsOf(source).isPublicKey(String(place.value))
}

function sizeOf({ range: [start, end] }: Node): number {
  return end - start
}

function isSum(node: Node): boolean {
  return node.type === 'BinaryExpression' && node.operator === '+'
}

/** The text of a template, with a mark where something is filled in that the file does not show. */
function shownText({ quasis }: TSESTree.TemplateLiteral): string {
  return quasis.map(({ value }) => value.raw).join('${}')
}
