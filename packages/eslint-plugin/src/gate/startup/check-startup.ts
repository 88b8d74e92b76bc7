import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LocatedDefinition } from '@rekey/rekey/internal/definitions'
import type { CheckOutcome, Finding } from '../finding.ts'
import { lintWith } from '../lint/own-lint.ts'
import type { Rule, Scope } from 'eslint'

const FIX =
  "in src/main.ts: import { definition } from './secrets.ts', and await loadService(definition, …) before anything listens"

const ENTRIES = ['main.ts', 'main.mts', 'main.js', 'main.mjs'] as const

/** Whether each service has an entry, `src/main.ts` or the like, that loads and validates the service's own definition. */
export async function checkStartup(
  root: string,
  definitions: readonly LocatedDefinition[],
): Promise<CheckOutcome> {
  const folders = definitions.map(({ file }) => dirname(file))
  const entriesOf = (folder: string) =>
    ENTRIES.map((name) => `${folder}/${name}`).filter((file) => existsSync(join(root, file)))
  const present = folders.flatMap(entriesOf)
  const absent = folders
    .filter((folder) => entriesOf(folder).length === 0)
    .map((folder) => `${folder}/${ENTRIES[0]}`)
  const reports = await lintWith(ownDefinition, root, present)
  const findings: Finding[] = [
    ...absent.map((file) => ({
      rule: 'no-entry',
      where: { file },
      why: 'it is not there, so nothing validates the secrets of the service before it listens',
    })),
    ...reports.map(({ messageId, message, where }) => ({ rule: messageId, where, why: message })),
  ].map((fault) => ({ check: 'startup', ...fault, fix: FIX }))
  return { findings, covered: `the entries of ${definitions.length} services` }
}

type SourceCode = Rule.RuleContext['sourceCode']
type Node = Parameters<SourceCode['getScope']>[0]

/** Something that a file imports. */
interface Imported {
  readonly from: string
  /** Its name there, whatever the file calls it. */
  readonly name: string
}

/** The import that `node` stands for: by a name, or a member of a whole module. */
function importOf(node: Node, source: SourceCode): Imported | undefined {
  if (node.type === 'Identifier') {
    const binding = bindingOf(node, source)
    if (binding?.node.type !== 'ImportSpecifier') return undefined
    const { imported } = binding.node
    return { from: binding.from, name: 'name' in imported ? imported.name : String(imported.value) }
  }
  if (node.type !== 'MemberExpression' || node.computed) return undefined
  const binding = bindingOf(node.object, source)
  if (binding?.node.type !== 'ImportNamespaceSpecifier') return undefined
  return node.property.type === 'Identifier'
    ? { from: binding.from, name: node.property.name }
    : undefined
}

function bindingOf(node: Node, source: SourceCode) {
  if (node.type !== 'Identifier') return undefined
  for (let scope: Scope.Scope | null = source.getScope(node); scope; scope = scope.upper) {
    const definition = scope.set.get(node.name)?.defs[0]
    if (definition === undefined) continue
    return definition.type === 'ImportBinding'
      ? { node: definition.node, from: String(definition.parent.source.value) }
      : undefined
  }
  return undefined
}

const LOADER = { from: '@rekey/config-loader', name: 'loadService' } as const
const OWN_SECRETS = /^\.\/secrets(?:\.[cm]?[jt]s)?$/

/**
 * Reports the entry of a service that does not load the service's own definition: `loadService` of `@rekey/config-loader`
 * with the `definition` that `./secrets.ts` exports. That it is loaded before anything listens is proven by the rule
 * `require-startup-validation` of the linter.
 */
const ownDefinition: Rule.RuleModule = {
  meta: {
    messages: {
      'not-loaded':
        'it never calls loadService, so nothing validates its secrets before it listens',
      'other-definition': 'loadService is given something else than the definition of ./secrets.ts',
    },
  },
  create(context) {
    const source = context.sourceCode
    let loads = 0
    return {
      CallExpression(call) {
        const callee = importOf(call.callee, source)
        if (callee?.from !== LOADER.from || callee.name !== LOADER.name) return
        loads += 1
        const [argument] = call.arguments
        const given = argument === undefined ? undefined : importOf(argument, source)
        if (given?.name === 'definition' && OWN_SECRETS.test(given.from)) return
        context.report({ node: call, messageId: 'other-definition' })
      },
      'Program:exit'(node) {
        if (loads === 0) context.report({ node, messageId: 'not-loaded' })
      },
    }
  },
}
