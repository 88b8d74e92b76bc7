import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckName } from './finding.ts'
import type { GatePolicy } from './gate-policy.ts'
import { git, namesIn } from './git.ts'
import { isPolicyFile } from './policy/policy-files.ts'
import { CODE, listCode } from './work-tree.ts'

/** The scope of the gate. `lint`: the linter's files or folders, relative to the top of the work tree; `named` where they are those of one run alone. */
export type GateScope =
  | { readonly kind: 'all' | 'named'; readonly lint: readonly string[] }
  | { readonly kind: 'staged'; readonly lint: readonly string[]; readonly files: readonly string[] }

/** The staged files that a check has to be made for; leaks are looked for in all of them. */
const MATTERS: Readonly<Record<CheckName, { test(file: string): boolean }>> = {
  policy: { test: isPolicyFile },
  access: /^family\.\w+$|\.[cm]?[jt]s$/,
  startup: /^services\/.*\.[cm]?[jt]s$/,
  drift: /^services\/|\.[cm]?[jt]s$/,
  dependencies:
    /^(?:package|package-lock|npm-shrinkwrap)\.json$|^pnpm-(?:lock|workspace)\.yaml$|^yarn\.lock$|^bun\.lockb?$/,
  leaks: /^/,
  lint: /^eslint\.config\.\w+$|^family\.\w+$|^gate\.json$/,
}

/** Everything under `root`, with all that its policy names linted: by default the code that git tracks or would take. */
export async function scopeOfAll(
  root: string,
  { lint }: Pick<GatePolicy, 'lint'>,
): Promise<GateScope> {
  if (lint.includes('.')) return { kind: 'all', lint: await listCode(root) }
  return { kind: 'all', lint: lint.filter((path) => existsSync(join(root, path))) }
}

/** Finds the staged files of `root`; removed files matter too, and cannot be linted. */
export async function scopeOfStaged(
  root: string,
  policy: Pick<GatePolicy, 'lint'>,
): Promise<GateScope> {
  const diff = ['diff', '--cached', '--name-only', '--no-renames', '-z']
  const files = namesIn(await git(root, ...diff))
  const lint = files.filter((file) => isLinted(file, policy) && existsSync(join(root, file)))
  return { kind: 'staged', files, lint }
}

/** Whether the check has anything to look at. */
export function isInScope(
  check: CheckName,
  scope: GateScope,
  policy: Pick<GatePolicy, 'lint'>,
): boolean {
  if (scope.kind !== 'staged') return true
  return scope.files.some(
    (file) => MATTERS[check].test(file) || (check === 'lint' && isLinted(file, policy)),
  )
}

function isLinted(file: string, { lint }: Pick<GatePolicy, 'lint'>): boolean {
  const isNamed = lint.some((path) => path === '.' || file === path || file.startsWith(`${path}/`))
  return isNamed && CODE.test(file)
}
