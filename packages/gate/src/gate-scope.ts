import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CheckName } from './finding.ts'

const run = promisify(execFile)

/** The scope of the gate. `lint`: the linter's files or folders, relative to the top of the work tree. */
export type GateScope =
  | { readonly kind: 'all'; readonly lint: readonly string[] }
  | { readonly kind: 'staged'; readonly lint: readonly string[]; readonly files: readonly string[] }

/** Where the workspace keeps its projects; the files beside them are no part of any TypeScript project. */
const PROJECT_FOLDERS = ['packages', 'services', 'tools', 'test']

const PROJECT_CODE = new RegExp(`^(?:${PROJECT_FOLDERS.join('|')})/.*\\.[cm]?[jt]sx?$`)

/** The staged files that a check has to be made for; leaks are looked for in all of them. */
const MATTERS: Readonly<Record<CheckName, RegExp>> = {
  access: /^family\.\w+$|^(?:packages|services)\/.*\.ts$/,
  startup: /^services\/.*\.[cm]?[jt]s$/,
  drift: /^(?:packages|services)\//,
  dependencies: /^package(?:-lock)?\.json$/,
  leaks: /^/,
  lint: new RegExp(`^eslint\\.config\\.js$|^family\\.\\w+$|${PROJECT_CODE.source}`),
}

/** Everything under `root`, with all its projects linted. */
export function scopeOfAll(root: string): GateScope {
  const lint = PROJECT_FOLDERS.filter((folder) => existsSync(join(root, folder)))
  return { kind: 'all', lint }
}

/** The staged files of `root`; removed files matter too, and cannot be linted. */
export async function scopeOfStaged(root: string): Promise<GateScope> {
  const diff = ['diff', '--cached', '--name-only', '--no-renames', '-z']
  const { stdout } = await run('git', diff, { cwd: root })
  const files = stdout.split('\0').filter((file) => file !== '')
  const lint = files.filter((file) => PROJECT_CODE.test(file) && existsSync(join(root, file)))
  return { kind: 'staged', files, lint }
}

/** Whether the check has anything to look at. */
export function isInScope(check: CheckName, scope: GateScope): boolean {
  return scope.kind === 'all' || scope.files.some((file) => MATTERS[check].test(file))
}
