// @lane servers
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { newIntermediate } from '../../test/ca.support.ts'
import { type Issuance, readIssuances } from '../internal.ts'

/** Issues certificates, five at once, and prints the serial of each that it got; the passphrase comes on standard input. */
const PROGRAM = `
import { text } from 'node:stream/consumers'
import { createSigningRequest } from ${JSON.stringify(new URL('../internal.ts', import.meta.url).href)}
import { openCaKeystore } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
import { Secret } from '@rekey/secret'
const value = Secret.of(await text(process.stdin), 'CA_PASSPHRASE')
const passphrase = { value, origin: { kind: 'memory' } }
const ca = await openCaKeystore({ directory: process.argv[1], passphrase })
const { csr } = createSigningRequest({ commonName: 'alice' })
const names = [{ kind: 'email', value: 'a@example.com' }]
const order = { csr, profile: 'client', subject: { commonName: 'alice' }, subjectAltNames: names, validityMs: 60_000 }
const issue = async () => {
  for (;;) process.stdout.write((await ca.issueCertificate(order)).serial + '\\n')
}
for (let n = 0; n < 5; n += 1) void issue()
`

it('K24 loses no certificate that was handed out, and explains each serial, when it is killed at any moment', async () => {
  const { directory, passphrase } = await newIntermediate()
  const handedOut = new Set<string>()
  for (let round = 0; round < 2; round += 1) {
    const options = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module']
    const child = spawn(process.execPath, [...options, '-e', PROGRAM, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.stdin.end(passphrase.expose())
    await once(child.stdout, 'data')
    await wait(randomInt(100))
    child.kill('SIGKILL')
    await once(child, 'close')
    for (const serial of output.split('\n').slice(0, -1)) handedOut.add(serial)
  }
  const issuances = new Map<string, Issuance>()
  for (const issuance of await readIssuances(directory)) issuances.set(issuance.serial, issuance)
  expect(handedOut.size).toBeGreaterThan(3)
  for (const serial of handedOut) {
    expect(issuances.get(serial)).toMatchObject({
      state: 'signed',
      certificate: expect.stringMatching(/^-{5}BEGIN CERT/) as string,
    })
  }
  const states = new Set([...issuances.values()].map(({ state }) => state))
  expect([...states].filter((state) => state !== 'signed' && state !== 'void')).toEqual([])
}, 120_000)
