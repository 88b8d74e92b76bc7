#!/usr/bin/env node
import process from 'node:process'
import { findLocalMain } from './local-main.ts'

try {
  const local = await findLocalMain(process.cwd(), import.meta.url)
  // Nothing else of this command is loaded where the project has its own.
  if (local !== undefined) await import(local)
  else if (process.argv[2] === 'complete' && process.argv[3] === '--') {
    // The scripts of the shells ask for it at each Tab: no command is loaded for it, and it reads no secret.
    const { complete } = await import('./complete.ts')
    const context = { cwd: process.cwd(), process }
    await complete(process.argv.slice(4), context).catch(async (error: unknown) => {
      const { describeFailure, exitCodeOf } = await import('./failure.ts')
      process.stderr.write(`${describeFailure(error)}\n`)
      process.exitCode = exitCodeOf(error)
    })
  } else {
    await import('@rekey/log-redactor/register')
    await (await import('./run.ts')).runCommandLine(process, process.env)
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : 'failed for an unknown reason'}\n`,
  )
  process.exitCode = 1
}
