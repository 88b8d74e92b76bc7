#!/usr/bin/env node
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMissingPackage, installCommand } from '@rekey/secret/internal'
import { type GatePolicy, readGatePolicy } from './gate-policy.ts'
import { type GateScope, scopeOfAll, scopeOfStaged } from './gate-scope.ts'
import { findPolicyBase } from './policy/policy-base.ts'
import { formatReport } from './report/format-report.ts'
import { toSarif } from './report/sarif.ts'
import { writeReport } from './report/write-report.ts'

const USAGE = `rekey-gate [--json] [--sarif FILE] [--staged] [--root DIR] [--gitleaks FILE]
           [--base REF] [--allow-policy-change] [PATH…]
rekey-gate lint [PATH…]  lint any folder, without a configuration: see rekey-gate lint --help

Checks that the policy is kept:
  policy        a change does not weaken the policy that it is held against
  access        who holds which secret: the family against all service definitions
  startup       each service loads its own definition before it listens
  drift         .env.example and service.schema.json follow from the definitions
  dependencies  where packages come from, and which of them may run a script
  leaks         gitleaks, tried out first, over the history and the work tree
  lint          the rules of the linter over PATH (default: what gate.json names, or all)

  --json        print the report as JSON
  --sarif FILE  also write the findings to FILE, for code scanning (SARIF 2.1.0)
  --staged      check only what is staged, before a commit; the linter reads the files
                as they are in the work tree
  --root DIR    check the work tree at DIR instead of this one
  --gitleaks FILE  the gitleaks to run, in place of the one on PATH (8.28 or newer)
  --base REF    the branch that the change is to be merged into, whose policy counts
                (default: as the CI service names it, or the default branch of origin)
  --allow-policy-change  a reviewer has approved what the change does to the policy

Ends with 0 if nothing was found, 1 if something was, 2 if it could not be checked.
Each finding ends with what to do. README.md of @rekey/eslint-plugin describes gate.json.
`

interface Arguments {
  readonly values: {
    readonly json: boolean
    readonly sarif?: string
    readonly staged: boolean
    readonly root: string
    readonly gitleaks?: string
    readonly base?: string
    readonly 'allow-policy-change': boolean
    readonly help: boolean
  }
  readonly positionals: readonly string[]
}

function parseArguments(): Arguments {
  const parsed: Arguments = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      sarif: { type: 'string' },
      staged: { type: 'boolean', default: false },
      root: { type: 'string', default: '.' },
      gitleaks: { type: 'string' },
      base: { type: 'string' },
      'allow-policy-change': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (parsed.values.staged && parsed.positionals.length > 0) {
    throw new Error('--staged chooses what is linted; it takes no PATH')
  }
  return parsed
}

async function chooseScope(
  root: string,
  policy: GatePolicy,
  { values, positionals }: Arguments,
): Promise<GateScope> {
  if (values.staged) return scopeOfStaged(root, policy)
  return positionals.length === 0
    ? await scopeOfAll(root, policy)
    : { kind: 'named', lint: positionals }
}

/** @throws {Error} where the package that reads the family is not installed: the linter does not need it */
async function importGate(): Promise<typeof import('./run-gate.ts')> {
  try {
    return await import('./run-gate.ts')
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    if (!isAbsent || !String(error).includes("'@rekey/rekey'")) throw error
    const command = installCommand(import.meta.url, '@rekey/eslint-plugin', '@rekey/rekey')
    throw new Error(`@rekey/rekey reads the family, and is not installed: ${command}`)
  }
}

async function main(): Promise<number> {
  const parsed = parseArguments()
  const { values } = parsed
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const { runGate } = await importGate()
  const root = resolve(values.root)
  const base = await findPolicyBase(root, { named: values.base, env: process.env })
  const isPolicyChangeAllowed = values['allow-policy-change']
  const policy = await readGatePolicy(root, isPolicyChangeAllowed ? undefined : base)
  const report = await runGate({
    root,
    policy,
    base,
    isPolicyChangeAllowed,
    scope: await chooseScope(root, policy, parsed),
    gitleaks: values.gitleaks === undefined ? undefined : resolve(values.gitleaks),
    env: process.env,
    report: (progress) => process.stderr.write(`gate: ${progress}\n`),
  })
  if (values.sarif !== undefined) {
    const log = toSarif(report.findings, process.env, policy.pages)
    await writeReport(values.sarif, log)
  }
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report))
  return report.findings.length === 0 ? 0 : 1
}

/** The commands beside the gate itself, by the first argument. */
const COMMANDS = new Map([
  [
    'lint',
    async () => (await import('./sources/lint-command.ts')).runLintCommand(process.argv.slice(3)),
  ],
])

const start = COMMANDS.get(process.argv[2] ?? '') ?? main
start().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    const why = describeMissingPackage(error) ?? (error instanceof Error ? error.message : error)
    process.stderr.write(`gate: ${String(why)}\n(see rekey-gate --help)\n`)
    process.exitCode = 2
  },
)
