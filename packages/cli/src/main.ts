#!/usr/bin/env node
import process from 'node:process'
import { findLocalMain } from './local-main.ts'

try {
  const local = await findLocalMain(process.cwd(), import.meta.url)
  // Nothing else of this command is loaded where the project has its own.
  if (local !== undefined) await import(local)
  else {
    await import('@rekey/log-redactor/register')
    await (await import('./run.ts')).runCommandLine(process, process.env)
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : 'failed for an unknown reason'}\n`,
  )
  process.exitCode = 1
}
