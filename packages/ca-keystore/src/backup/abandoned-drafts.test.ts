// @lane servers
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { takeProcessLock } from '@rekey/secret/internal/files'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import { expect, it } from 'vitest'
import { freshPath, newPassphrase, newRoot } from '../../test/ca.support.ts'
import { createBackup } from '../internal.ts'
import { held } from '../../test/backup/backup.support.ts'

replaceScrypt()

it('K14: a backup removes the copies of the key that killed backups of other names have left', async () => {
  const { directory, passphrase } = await newRoot()
  const media = freshPath()
  for (const [name, file] of [
    ['.2026-11-27.new-abc123', 'ca.key'],
    ['.in-progress.new-abc123', 'ca.key'],
    ['.of-a-stranger.new-abc123', 'photo.jpg'],
  ] as const) {
    await mkdir(join(media, name), { recursive: true })
    await writeFile(join(media, name, file), 'copy')
  }
  const release = await takeProcessLock(join(media, '.in-progress.lock'))
  await createBackup({
    ...{ directory, passphrase: held(passphrase), backupPassphrase: newPassphrase() },
    out: join(media, '2026-11-28'),
  })
  await release()
  const left = (await readdir(media)).filter((name) => !name.endsWith('.lock'))
  expect(left.toSorted()).toEqual([
    '.in-progress.new-abc123',
    '.of-a-stranger.new-abc123',
    '2026-11-28',
  ])
})
