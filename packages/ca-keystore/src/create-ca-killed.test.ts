// @lane servers
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshPath, newPassphrase, openHeld } from '../test/ca.support.ts'

/** Creates one CA after another, in directories 0, 1, 2, …; the passphrase comes on standard input. */
const PROGRAM = `
import { text } from 'node:stream/consumers'
import { createCa } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
import { Secret } from '@rekey/secret'
const passphrase = Secret.of(await text(process.stdin), 'CA_PASSPHRASE')
process.stdout.write('ready')
for (let n = 0; ; n += 1) {
  await createCa({ directory: process.argv[1] + '/' + n, passphrase, commonName: 'Test CA' })
}
`

it('K14: leaves a whole CA or none when it is killed at any moment', async () => {
  const [base, passphrase] = [freshPath(), newPassphrase()]
  let made = 0
  for (let round = 0; round < 3; round += 1) {
    const parent = join(base, String(round))
    await mkdir(parent, { recursive: true })
    const options = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module']
    const child = spawn(process.execPath, [...options, '-e', PROGRAM, parent], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    })
    child.stdin.end(passphrase.expose())
    await once(child.stdout, 'data')
    while (!existsSync(join(parent, '0'))) await wait(10)
    await wait(randomInt(400))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const whole = (await readdir(parent)).filter((name) => !name.startsWith('.'))
    made += whole.length
    for (const name of whole) await openHeld({ directory: join(parent, name), passphrase })
  }
  expect(made).toBeGreaterThanOrEqual(3)
}, 120_000)
