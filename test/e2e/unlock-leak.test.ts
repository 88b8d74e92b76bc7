import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { generatePassphrase } from '@rekey/ca-keystore'
import { runCompiled } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { makeDirectory } from './service-fixture.ts'

const UNLOCK = fileURLToPath(new URL('../../services/signing/src/unlock/main.ts', import.meta.url))

/** Prints what is sent over descriptor 3 on standard error as well: the passphrase is the end of it. */
const LEAK = `
  const fs = require('node:fs')
  const { writeSync } = fs
  fs.writeSync = (fd, bytes, ...rest) => {
    if (fd === 3) {
      const message = Buffer.from(bytes)
      const passphrase = message.subarray(4 + message.readUInt32BE()).toString()
      console.error('text', passphrase)
      process.stderr.write('base64 ' + Buffer.from(passphrase).toString('base64') + '\\n')
    }
    return writeSync(fd, bytes, ...rest)
  }
  require('node:module').syncBuiltinESMExports()`

it(
  'prints no passphrase in the process that unseals, which sends it whole',
  { timeout: 60_000 },
  async () => {
    const passphrase = generatePassphrase().expose()
    const directory = await makeDirectory()
    const [file, leak] = [join(directory, 'passphrase'), join(directory, 'leak.cjs')]
    await writeFile(file, passphrase, { mode: 0o600 })
    await writeFile(leak, LEAK)
    const child = spawn(process.execPath, [`--require=${leak}`, ...runCompiled(UNLOCK)], {
      env: {
        PATH: process.env['PATH'],
        REKEY_ENVIRONMENT: 'production',
        CA_PASSPHRASE_SIGNING_FILE: file,
      },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
    const [sent] = await Promise.all([buffer(child.stdio[3] as Readable), once(child, 'close')])
    expect(sent.toString()).toContain(passphrase)
    expect(printed).toMatch(/^text \[secret [^\]]+\]$/m)
    expect(printed).toMatch(/^base64 \[secret [^\]]+\]=*$/m)
    expect(printed).not.toContain(passphrase.slice(0, 20))
  },
)
