// @lane servers
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freshPath, newPassphrase } from '../../test/ca.support.ts'
import { readBackup } from '../internal.ts'
import { restoreBackup } from '../internal.ts'
import { newBackedUpCa, nextList } from '../../test/backup/backup.support.ts'

/** Backs up a CA and restores it, again and again, into directories 0, 1, 2, …; the passphrases come on standard input. */
const PROGRAM = `
import { text } from 'node:stream/consumers'
import { createBackup, restoreBackup } from ${JSON.stringify(new URL('../internal.ts', import.meta.url).href)}
import { Secret } from '@rekey/secret'
const [directory, lists, parent] = process.argv.slice(1)
const [own, backupPassphrase] = (await text(process.stdin)).split('\\n').map((one) => Secret.of(one, 'P'))
const passphrase = { value: own, origin: { kind: 'memory' } }
process.stdout.write('ready')
for (let n = 0; ; n += 1) {
  const backup = parent + '/backup-' + n
  await createBackup({ directory, passphrase, lists, backupPassphrase, out: backup })
  const opening = { passphrase: backupPassphrase }
  const wish = { backup, opening, passphrase: own, published: 'none' }
  await restoreBackup({ ...wish, directory: parent + '/ca-' + n, lists: parent + '/lists-' + n })
}
`

it('K14, K31: leaves whole backups and whole CAs whenever it is killed, and goes on from where it was', async () => {
  const { directory, passphrase, lists, wanted } = await newBackedUpCa()
  const opening = { passphrase: wanted.backupPassphrase }
  for (let round = 0; round < 2; round += 1) {
    const parent = freshPath()
    await mkdir(parent)
    const options = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module']
    const args = [...options, '-e', PROGRAM, directory, lists, parent]
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    })
    child.stdin.end(`${passphrase.expose()}\n${wanted.backupPassphrase.expose()}`)
    await once(child.stdout, 'data')
    while (!existsSync(join(parent, 'backup-0'))) await wait(10)
    await wait(randomInt(1_500))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const left = await readdir(parent)
    const backups = left.filter((name) => name.startsWith('backup-'))
    expect(backups.length).toBeGreaterThan(0)
    for (const name of backups) await readBackup(join(parent, name))
    const made = left.filter((name) => name.startsWith('ca-')).length
    const [ca, list] = [`ca-${made}`, `lists-${made}`].map((name) => join(parent, name))
    const own = newPassphrase()
    const wish = {
      opening,
      directory: ca ?? '',
      lists: list ?? '',
      passphrase: own,
      published: 'none',
    }
    await restoreBackup({ ...wish, backup: join(parent, 'backup-0') })
    const next = await nextList({ directory: ca ?? '', passphrase: own, lists: list ?? '' })
    expect(next).toMatchObject({ number: '3', revoked: 1 })
  }
}, 120_000)
