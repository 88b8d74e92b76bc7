import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { runSourceFlags } from '@rekey/testbed'

const MAIN = fileURLToPath(
  new URL('../../packages/eslint-plugin/src/gate/main.ts', import.meta.url),
)
const GITLEAKS = new URL('../../tools/testbed/src/gitleaks-on-path.ts', import.meta.url).href
const ROOTS = fileURLToPath(new URL('run-roots.ts', import.meta.url))
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
const MAX_OUTPUT = 16 * 1024 * 1024

/** How one run of the gate ended, and what it printed. */
export interface GateRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the gate as a process of its own, with `env` added to the environment and without the `CI` of this one. */
export function runGateCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<GateRun> {
  return runSource(MAIN, args, env)
}

/** The reports of the gate over several work trees, each in whole, all made in one process. */
export async function runGateOver(roots: readonly string[]): Promise<GateReport[]> {
  const { exitCode, stdout, stderr } = await runSource(ROOTS, roots, {})
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as GateReport[]
}

function runSource(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<GateRun> {
  return new Promise((resolve) => {
    const command = [...runSourceFlags(), `--import=${GITLEAKS}`, file, ...args]
    const options = {
      cwd: REPOSITORY,
      maxBuffer: MAX_OUTPUT,
      env: { ...process.env, CI: '', GITHUB_BASE_REF: '', ...env },
    }
    const child = execFile(process.execPath, command, options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? 2, stdout, stderr })
    })
  })
}
