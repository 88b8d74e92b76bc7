// @lane servers
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Secret } from '@rekey/secret'
import { newLockContent } from '@rekey/secret/internal/files'
import { expect, it } from 'vitest'
import { failureOf, newPassphrase, newRoot, openHeld } from '../test/ca.support.ts'
import { changePassphrase } from './internal.ts'

const held = (value: Secret) => ({ value, origin: { kind: 'memory' } }) as const

it('opens the same key with the new passphrase, and no longer with the old one', async () => {
  const { directory, passphrase, ca } = await newRoot()
  const replacement = newPassphrase()
  await changePassphrase({ directory, passphrase: held(passphrase), replacement })
  expect((await openHeld({ directory, passphrase: replacement })).certificate).toBe(ca.certificate)
  expect(await failureOf(() => openHeld({ directory, passphrase }))).toMatchObject({
    code: 'rejected',
  })
  expect((await readdir(directory)).toSorted()).toEqual([
    'biography.head',
    'biography.log',
    'ca.crt',
    'ca.key',
  ])
})

it('changes nothing for a wrong passphrase, and none for a weak one', async () => {
  const { directory, passphrase } = await newRoot()
  const before = await readFile(join(directory, 'ca.key'), 'utf8')
  const replacement = newPassphrase()
  const wrong = held(newPassphrase())
  expect(
    await failureOf(() => changePassphrase({ directory, passphrase: wrong, replacement })),
  ).toMatchObject({ code: 'rejected' })
  const weak = { directory, passphrase: held(passphrase), replacement: Secret.of('short', 'WEAK') }
  expect(await failureOf(() => changePassphrase(weak))).toMatchObject({ code: 'malformed' })
  expect(await readFile(join(directory, 'ca.key'), 'utf8')).toBe(before)
})

it('K15: refuses while another process changes the same keystore', async () => {
  const { directory, passphrase } = await newRoot()
  const other = newLockContent().replace(/^\d+/, String(process.ppid))
  await writeFile(join(directory, 'ca.lock'), other)
  const change = { directory, passphrase: held(passphrase), replacement: newPassphrase() }
  const error = await failureOf(() => changePassphrase(change))
  expect(error).toMatchObject({ code: 'conflict', details: { pid: process.ppid } })
})

/** Changes the passphrase back and forth; the two come on standard input. */
const PROGRAM = `
import { text } from 'node:stream/consumers'
import { changePassphrase } from ${JSON.stringify(new URL('./internal.ts', import.meta.url).href)}
import { Secret } from '@rekey/secret'
const [directory] = process.argv.slice(1)
let [value, replacement] = (await text(process.stdin)).split(' ').map((one) => Secret.of(one, 'P'))
process.stdout.write('ready')
for (;;) {
  await changePassphrase({ directory, passphrase: { value, origin: { kind: 'memory' } }, replacement })
  ;[value, replacement] = [replacement, value]
}
`

it('K14: opens with one of the two passphrases, whenever a change is killed', async () => {
  const { directory, passphrase } = await newRoot()
  const texts = [passphrase, newPassphrase()]
  for (let round = 0; round < 3; round += 1) {
    const options = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module']
    const child = spawn(process.execPath, [...options, '-e', PROGRAM, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    })
    child.stdin.end(texts.map((one) => one.expose()).join(' '))
    await once(child.stdout, 'data')
    await wait(randomInt(1_500))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const opening = texts.map((one) => openHeld({ directory, passphrase: one }))
    const outcomes = await Promise.allSettled(opening)
    const opens = outcomes.findIndex(({ status }) => status === 'fulfilled')
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    if (opens === 1) texts.reverse()
  }
  const [value = newPassphrase(), replacement = newPassphrase()] = texts
  await changePassphrase({ directory, passphrase: held(value), replacement })
  // Drafts of steps that were killed go a minute later.
  const files = (await readdir(directory)).filter((name) => !/\.(?:tmp|ticket)$/.test(name))
  expect(files.toSorted()).toEqual(['biography.head', 'biography.log', 'ca.crt', 'ca.key'])
}, 120_000)
