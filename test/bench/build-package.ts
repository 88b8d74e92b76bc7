import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc')

/** Builds a package, and what it depends on, unless it is up to date: as it is published it is measured. */
export async function buildPackage(name: string): Promise<void> {
  const sources = fileURLToPath(
    new URL(`../../packages/${name}/tsconfig.lib.json`, import.meta.url),
  )
  await promisify(execFile)(process.execPath, [TSC, '--build', sources])
}
