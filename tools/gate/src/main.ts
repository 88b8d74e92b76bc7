import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { formatReport } from './format-report.ts'
import { runGate } from './run-gate.ts'

const USAGE = `npm run gate -- [--json] [--root DIR] [PATH…]

Checks that the policy is kept: the linter over PATH (default: every project), the access
matrix over all service definitions, the files made from them, and gitleaks over the
history and the work tree.

  --json       print the report as JSON
  --root DIR   check the work tree at DIR instead of this one

Ends with 0 if nothing was found, 1 if something was, 2 if it could not be checked.
`

interface Arguments {
  readonly values: { readonly json: boolean; readonly root: string; readonly help: boolean }
  readonly positionals: readonly string[]
}

function parseArguments(): Arguments {
  return parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      root: { type: 'string', default: '.' },
      help: { type: 'boolean', default: false },
    },
  })
}

/** Where the workspace keeps its projects; the files beside them are no part of any TypeScript project. */
function projectFolders(root: string): string[] {
  const folders = ['packages', 'services', 'tools', 'test']
  return folders.filter((folder) => existsSync(join(root, folder)))
}

async function main(): Promise<number> {
  const { values, positionals } = parseArguments()
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const root = resolve(values.root)
  const report = await runGate({
    root,
    paths: positionals.length === 0 ? projectFolders(root) : positionals,
    env: process.env,
    report: (progress) => process.stderr.write(`gate: ${progress}\n`),
  })
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report))
  return report.findings.length === 0 ? 0 : 1
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    process.stderr.write(
      `gate: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`,
    )
    process.exitCode = 2
  },
)
