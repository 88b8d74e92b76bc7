#!/usr/bin/env node
import process from 'node:process'

const [first, second] = process.argv.slice(2)
try {
  if (first === '--version' || first === '-v') {
    const { ownVersion } = await import('./commands/own-version.ts')
    process.stdout.write(`${ownVersion()}\n`)
  } else if (first === 'complete' && second === '--') {
    // The scripts of the shells ask for it at each Tab: no command is loaded for it, and it reads no secret.
    const { complete } = await import('./commands/complete.ts')
    const context = { cwd: process.cwd(), process }
    await complete(process.argv.slice(4), context).catch(async (error: unknown) => {
      const { describeFailure, exitCodeOf } = await import('./commands/failure.ts')
      process.stderr.write(`${describeFailure(error)}\n`)
      process.exitCode = exitCodeOf(error)
    })
  } else {
    const { findLocalMain, isAnsweredHere } = await import('./commands/local-command.ts')
    const local = isAnsweredHere(process.argv.slice(2))
      ? undefined
      : await findLocalMain(process.cwd(), import.meta.url)
    if (local === undefined) {
      await import('@rekey/log-redactor/register')
      await (await import('./commands/run.ts')).runCommandLine(process, process.env)
    } else {
      process.stderr.write(`${local.note}\n`)
      // Nothing else of this command is loaded where the project has its own.
      await import(local.main)
    }
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : 'failed for an unknown reason'}\n`,
  )
  process.exitCode = 1
}
