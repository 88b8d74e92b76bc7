// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createCa } from '@rekey/ca-keystore'
import { generatePassphrase } from '@rekey/ca-keystore/internal'
import { runCompiled } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { makeDirectory } from './service-fixture.ts'

const SIGN = fileURLToPath(new URL('./sign-and-wait.ts', import.meta.url))
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

/**
 * In the signer process alone: prints the passphrase in several ways where a key is derived from it, and the key where it is read; then an
 * error with the key, as OpenSSL gives it, ends the process.
 */
const SIGNER_LEAK = `
  const crypto = require('node:crypto')
  const fs = require('node:fs')
  const { createPrivateKey, scrypt } = crypto
  const isSigner = process.argv.some((part) => part.includes('signer-process'))
  let isOpening = false
  crypto.scrypt = (password, ...rest) => {
    if (isSigner) {
      isOpening = true
      console.error('console', password.toString())
      process.stderr.write('stream ' + password.toString('base64') + '\\n')
      fs.writeSync(2, 'descriptor ' + password.toString('hex') + '\\n')
      process._rawDebug('debug', password)
      process.emitWarning('warning ' + password)
    }
    return scrypt(password, ...rest)
  }
  crypto.createPrivateKey = (options) => {
    const key = createPrivateKey(options)
    if (isOpening) {
      console.error('der', options.key.toString('base64'))
      console.error('pem', key.export({ format: 'pem', type: 'pkcs8' }))
      process.removeAllListeners('uncaughtException')
      const error = new Error('crash ' + key.export({ format: 'pem', type: 'pkcs8' }))
      process.nextTick(() => { throw error })
      isOpening = false
    }
    return key
  }
  require('node:module').syncBuiltinESMExports()`

it(
  'prints neither passphrase nor key in the process that signs, though that prints them and crashes',
  { timeout: 60_000 },
  async () => {
    const passphrase = generatePassphrase()
    const directory = await makeDirectory()
    const [file, leak] = [join(directory, 'passphrase'), join(directory, 'leak.cjs')]
    await writeFile(file, passphrase.expose(), { mode: 0o600 })
    await writeFile(leak, SIGNER_LEAK)
    const ca = join(directory, 'ca')
    await (await createCa({ directory: ca, passphrase, commonName: 'Test CA' })).close()
    const child = spawn(process.execPath, [`--require=${leak}`, ...runCompiled(SIGN)], {
      env: { PATH: process.env['PATH'], CA_DIRECTORY: ca, PASSPHRASE_FILE: file },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let printed = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
    await once(child, 'close')
    const bytes = Buffer.from(passphrase.expose())
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      expect(printed).not.toContain(bytes.toString(encoding).slice(0, 20))
    }
    for (const way of ['console', 'stream', 'descriptor', 'debug <Buffer', '.* Warning: warning']) {
      expect(printed).toMatch(new RegExp(`^${way} \\[secret CA passphrase\\][=>]*$`, 'm'))
    }
    expect(printed).toMatch(/^der \[secret CA key\]$/m)
    expect(printed).toMatch(/^pem -----BEGIN PRIVATE KEY-----\n(?:\[secret CA key\]\n)+-----END/m)
    expect(printed).toMatch(/^Error: crash \[secret private key\]$/m)
  },
)
