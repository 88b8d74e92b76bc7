import type { TSESTree } from '@typescript-eslint/utils'
import type { Node } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { everyName } from '../naming/name-policy.ts'
import { describe, pathOf } from '../syntax/paths.ts'
import { isFunction } from '../syntax/syntax.ts'
import { both, onlyFirst, properties } from './leaving.ts'
import type { Sink, SinkContext, SinkFamily } from './sink.ts'
import { sinkByRows, type SinkRow } from './sink-rows.ts'

type Given = readonly Node[]

/** Libraries whose function of that name starts a program: with its name, a list of arguments, and options. */
const STARTS =
  'child_process\\.(?:execFile|execFileSync|spawn|spawnSync|fork)|' +
  'execa(?:\\.(?:execa|execaSync|execaNode|execaCommand|execaCommandSync|sync|node|command|commandSync|\\$))?|' +
  'cross-spawn(?:\\.(?:spawn|sync))?|child-process-ext/spawn|cross-spawn-(?:promise|async)|@expo/spawn-async|spawn-sync|' +
  'child-process-promise\\.(?:execFile|spawn|fork)|promisify-child-process\\.(?:execFile|spawn|fork)|foreground-child\\.foregroundChild|' +
  'node-pty\\.spawn|@lydell/node-pty\\.spawn|tinyexec\\.(?:x|exec)|nano-spawn|' +
  '@actions/exec\\.(?:exec|getExecOutput)|@npmcli/promise-spawn|\\$?[Bb]un\\.spawn(?:Sync)?|\\$?Deno\\.Command'

/** Options of which a list of processes shows the values. */
const SHOWN_OPTIONS = ['args', 'argv', 'execArgv', 'argv0', 'cmd', 'exec'] as const

const ROWS: readonly SinkRow[] = [
  {
    path: /^child_process\.exec(?:Sync)?$|^(?:child-process-promise|promisify-child-process)\.exec$|^shelljs\.exec$|^zx\.(?:quotePowerShell)$/,
    leaving: onlyFirst,
  },
  {
    path: new RegExp(`^(?:${STARTS})$`),
    leaving: both(
      commandAndArguments,
      properties(1, ...SHOWN_OPTIONS),
      properties(2, ...SHOWN_OPTIONS),
    ),
  },
  { path: /^worker_threads\.Worker$/, leaving: properties(1, ...SHOWN_OPTIONS) },
  { path: /^cluster\.setup(?:Primary|Master)$/, leaving: properties(0, ...SHOWN_OPTIONS) },
  { path: /^process\.(?:argv|execArgv)\.(?:push|unshift|splice|concat)$/ },
]

/** Template tags that run what they are given: `$` of zx, execa, Bun and dax, also with options before the template. */
const SHELL_TAG = /(?:^|\.)(?:\$\$?|execa|execaSync)(?:\(\))*(?:\.(?:sync|pipe|quiet)(?:\(\))?)?$/

const SETS = /^process\.(?:title|(?:argv|execArgv)(?:\..+|0)?)$/

/** A word that every file with a sink contains. */
const SINK_WORD =
  /child_process|child-process|execa|spawn|shelljs|worker_threads|cluster|tinyexec|Deno|\bargv|execArgv|@actions\/exec|process\.title|['"](?:zx|dax|bun|dax-sh)\b|\$(?:\([^`]*\))?`/s

/** Values that end up in a command line, which every user of the machine can list. */
export const ARGV_SINKS: SinkFamily = {
  names: everyName,
  mayBeIn: (text) => SINK_WORD.test(text),
  find(node, context) {
    switch (node.type) {
      case 'TaggedTemplateExpression':
        return SHELL_TAG.test(pathOf(node.tag, context.source) ?? '')
          ? { node, name: describe(node.tag), given: node.quasi.expressions }
          : undefined
      case 'AssignmentExpression':
        return setting(node, context)
      case 'CallExpression':
      case 'NewExpression':
        return sinkByRows(node, ROWS, context)
      default:
        return undefined
    }
  },
}

/** `process.title = …`, `process.argv[2] = …` */
function setting(node: TSESTree.AssignmentExpression, { source }: SinkContext): Sink | undefined {
  const { left, right } = node
  const path =
    left.type === 'MemberExpression' && left.computed
      ? `${pathOf(left.object, source) ?? ''}.0`
      : pathOf(left, source)
  return SETS.test(path ?? '') ? { node, name: describe(left), given: [right] } : undefined
}

/** The program and its arguments; not the options after them, where `env` and `input` are the right places for a secret. */
function commandAndArguments(given: Given, context: SinkContext): Given {
  return given.slice(0, 2).filter((each) => !isOptions(each, context))
}

function isOptions(node: Node, { source, types }: SinkContext): boolean {
  const value = constantValue(node, source)
  if (value.type === 'ObjectExpression' || isFunction(value)) return true
  if (value.type === 'ArrayExpression' || types === undefined) return false
  return !types.isAny(node) && !types.has(node, ['concat'])
}
