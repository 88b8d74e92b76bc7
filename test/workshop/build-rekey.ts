// A global setup file of vitest: tests run `rekey` as it is built, so it is built from the sources of now.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

export default async function buildRekey(): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const projects = ['rekey', 'integration-secret'].map((name) => `packages/${name}`)
  await promisify(execFile)(process.execPath, [compiler, '-b', ...projects], {
    cwd: join(import.meta.dirname, '../..'),
  })
}
