// @lane servers
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshPath, newRoot, openHeld } from '../../test/ca.support.ts'
import { openCrlPublisher } from '../index.ts'
import { parseCrl } from '../internal.ts'

/** Revokes one certificate after the other, and writes the serial of each that it has revoked; the passphrase comes on standard input. */
const PROGRAM = `
import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { openCaKeystore, openCrlPublisher } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
import { Secret } from '@rekey/secret'
const [keystoreDirectory, directory] = process.argv.slice(1)
const value = Secret.of(await text(process.stdin), 'P')
const passphrase = { value, origin: { kind: 'memory' } }
const keystore = await openCaKeystore({ directory: keystoreDirectory, passphrase })
const publisher = await openCrlPublisher({ keystore, directory })
for (;;) {
  const serial = '4' + randomBytes(20).toString('hex').slice(1)
  await publisher.revoke({ serial, notAfter: new Date(Date.now() + 1e9) })
  process.stdout.write(serial + '\\n')
}
`

it('K26, K14: has every revocation that was confirmed, under a greater number, whenever its process is killed', async () => {
  const { directory: keystoreDirectory, passphrase, ca } = await newRoot()
  await ca.close()
  const directory = freshPath()
  await mkdir(directory)
  const confirmed: string[] = []
  const published = async () => {
    const text = await readFile(join(directory, 'crl.pem'), 'utf8')
    return parseCrl(text, ca.chain)
  }
  let number = 0n
  for (let round = 0; round < 4; round += 1) {
    const options = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module']
    const args = [...options, '-e', PROGRAM, keystoreDirectory, directory]
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    })
    child.stdin.end(passphrase.expose())
    const lines = createInterface({ input: child.stdout })
    const isRead = once(lines, 'close')
    lines.on('line', (line) => confirmed.push(line))
    await once(lines, 'line')
    await wait(randomInt(300))
    child.kill('SIGKILL')
    await isRead
    const list = await published()
    expect(list.number).toBeGreaterThan(number)
    number = list.number
    expect(list.revoked.map(({ serial }) => serial)).toEqual(expect.arrayContaining(confirmed))
  }
  const keystore = await openHeld({ directory: keystoreDirectory, passphrase })
  await using publisher = await openCrlPublisher({ keystore, directory })
  await publisher.renew()
  const list = await published()
  expect(list.number).toBeGreaterThan(number)
  expect(list.revoked.map(({ serial }) => serial)).toEqual(expect.arrayContaining(confirmed))
  const files = [...(await readdir(directory)), ...(await readdir(keystoreDirectory))]
  expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([])
}, 120_000)
