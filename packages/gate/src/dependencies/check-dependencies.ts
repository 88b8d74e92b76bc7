import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckOutcome, Finding } from '../finding.ts'
import { checkScripts } from './check-scripts.ts'
import { checkSources } from './check-sources.ts'
import { readLock } from './lock-file.ts'

/** Whether what npm installs is what was decided upon: from where it comes, and what it may run. */
export async function checkDependencies(root: string): Promise<CheckOutcome> {
  const [manifest, lock] = await Promise.all([
    readFile(join(root, 'package.json'), 'utf8'),
    readFile(join(root, 'package-lock.json'), 'utf8').catch(noFile),
  ])
  if (lock === undefined) return { findings: [NO_LOCK], covered: 'nothing' }
  const packages = readLock(lock)
  const faults = [...checkScripts(packages, { manifest, lock }), ...checkSources(packages, lock)]
  return {
    findings: faults.map((fault): Finding => ({ check: 'dependencies', ...fault })),
    covered: `${packages.length} packages`,
  }
}

const NO_LOCK: Finding = {
  check: 'dependencies',
  rule: 'no-lock',
  where: { file: 'package-lock.json' },
  why: 'it is not there, so nothing says which packages are installed',
  fix: 'npm install, and commit the file',
}

function noFile(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}
