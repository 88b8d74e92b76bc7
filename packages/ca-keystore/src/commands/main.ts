#!/usr/bin/env node
import process from 'node:process'
import { installCommand } from '@rekey/secret/internal'

try {
  await import('@rekey/log-redactor/register')
  const { runCommandLine } = await import('@rekey/rekey/internal/command')
  await runCommandLine(process, process.env, ['ca', ...process.argv.slice(2)])
} catch (error) {
  const isAbsent = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
  if (!isAbsent || !String(error).includes("'@rekey/rekey'")) throw error
  const command = installCommand(import.meta.url, '@rekey/ca-keystore', '@rekey/rekey')
  process.stderr.write(
    `rekey-ca is a part of the command rekey, which is not installed: ${command}\n`,
  )
  process.exitCode = 1
}
