import { createRule } from '../create-rule.ts'
import { mayReadEnvironment, readsEnvironment } from '../engine/environment/environment-files.ts'
import {
  globalRoots,
  type ModuleNode,
  moduleRoots,
  type Root,
} from '../engine/environment/environment-roots.ts'
import { type EnvironmentUse, EnvironmentUses } from '../engine/environment/environment-uses.ts'
import { matchesAny } from '../engine/file-globs.ts'
import { describe } from '../engine/syntax/paths.ts'
import { visit, type Visitors } from '../engine/visits.ts'
import { list, optionsOf } from './option-schema.ts'

interface Options {
  /** Globs of the files that may read the environment. */
  readonly allowFiles?: readonly string[]
  /** Variables that any file may read; a `*` at the end stands for any rest. */
  readonly allow?: readonly string[]
}

type MessageIds = 'variable' | 'environment' | 'process' | 'loader'

/** Files that a process is started as: the environment belongs to the process, and so to its entry. */
const ENTRIES = ['**/main.{ts,js,mts,mjs,cts,cjs}']

/** Variables that describe the machine, the terminal or the build, and hold no secret. */
const HARMLESS = (
  'NODE_ENV CI TZ LANG HOME USERPROFILE PATH PWD TMPDIR TEMP TMP SHELL DEBUG ' +
  'TERM COLORTERM COLUMNS NO_COLOR FORCE_COLOR MODE DEV PROD SSR BASE_URL VITE_* NEXT_PUBLIC_* PUBLIC_*'
).split(' ')

const ADVICE =
  'Read and validate it where the process starts, and take what is needed from there as a parameter.'

/** Finds every way to read the environment outside of the files that start a process. */
export const noRawEnv = createRule<[Options], MessageIds>({
  name: 'no-raw-env',
  meta: {
    type: 'problem',
    docs: { description: 'Read the environment only where the process starts', cwe: 'CWE-526' },
    messages: {
      variable: `{{what}} reads an environment variable. ${ADVICE}`,
      environment: `{{what}} goes on as a whole, with every secret in the environment. ${ADVICE}`,
      process: `{{what}} goes on where it cannot be followed, and the environment with it. ${ADVICE}`,
      loader: `{{what}} brings in environment variables, or a file of them. ${ADVICE}`,
    },
    schema: optionsOf('Who may read what.', {
      allowFiles: list('Globs of the files that may read everything.'),
      allow: list('Variables that every file may read; `*` at the end stands for any rest.'),
    }),
    defaultOptions: [{ allowFiles: ENTRIES, allow: HARMLESS }],
  },
  create(context, [{ allowFiles = ENTRIES, allow = HARMLESS }]) {
    const source = context.sourceCode
    if (!/process|env/i.test(source.text)) return {}
    if (matchesAny(context.filename, context.cwd, allowFiles)) return {}
    const mayRead = mayReadEnvironment(source.text)
    const roots: Root[] = []
    const addModule = (node: ModuleNode) => void roots.push(...moduleRoots(node, source))

    function report({ kind, node, variable }: EnvironmentUse) {
      if (variable !== undefined && isAllowed(variable, allow)) return
      context.report({ node, messageId: kind, data: { what: describe(node) } })
    }

    const visitors: Visitors = {
      ImportDeclaration: addModule,
      TSImportEqualsDeclaration: addModule,
      ExportAllDeclaration: addModule,
      ExportNamedDeclaration: addModule,
      ImportExpression: addModule,
      MetaProperty: (node) => void roots.push({ node, thing: 'holder' }),
      CallExpression(node) {
        addModule(node)
        if (mayRead && readsEnvironment(node, source)) report({ kind: 'loader', node })
      },
    }
    return visit(context, visitors, () => {
      const uses = new EnvironmentUses(source)
      for (const root of [...globalRoots(source), ...roots]) uses.of(root).forEach(report)
    })
  },
})

function isAllowed(variable: string, allow: readonly string[]): boolean {
  return allow.some((name) =>
    name.endsWith('*') ? variable.startsWith(name.slice(0, -1)) : variable === name,
  )
}
