// @lane servers
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { createCa, findGenerations, openCaKeystore, openRevocationLists } from '@rekey/ca-keystore'
import { generatePassphrase, readGenerations } from '@rekey/ca-keystore/internal'
import { isExhaustive } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'

/** Rotates a CA again and again, from the state in which the process before was killed, and prints each step; the passphrase comes on standard input. */
const PROGRAM = `
import { X509Certificate } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { activateGeneration, openCaKeystore, openRevocationLists, prepareGeneration, publishGeneration } from '@rekey/ca-keystore'
import { destroyGeneration, inspectGenerations, readGenerations, retireGeneration } from '@rekey/ca-keystore/internal'
import { Secret } from '@rekey/secret'
const [base] = process.argv.slice(1)
const value = Secret.of(await text(process.stdin), 'P')
const passphrase = { value, origin: { kind: 'memory' } }
const parent = await openCaKeystore({ directory: base + '/root', passphrase })
const place = { directory: base + '/ca', lists: base + '/lists', bundle: base + '/ca-bundle.pem', passphrase }
const has = async (...states) => (await readGenerations(place.directory)).all.some(({ state }) => states.includes(state))
const did = (step) => process.stdout.write(step + '\\n')
did('started')
for (;;) {
  if (!(await has('prepared', 'published', 'crl-only', 'retired'))) {
    await prepareGeneration({ ...place, parent, passphrase: value })
    did('prepared')
  }
  if (await has('prepared', 'published')) {
    await publishGeneration(place)
    did('published')
    await activateGeneration({ ...place, minPublishedMs: 0, drilledAt: new Date() })
    did('activated')
  }
  if (await has('crl-only')) {
    await activateGeneration(place)
    const old = (await inspectGenerations(place.directory)).find(({ state }) => state === 'crl-only')
    const serial = new X509Certificate(old.certificate).serialNumber.toLowerCase()
    const lists = await openRevocationLists({ keystores: [parent], directory: place.lists })
    await lists.revoke([{ serial }])
    await lists.close()
  }
  await retireGeneration({ ...place, issued: '' })
  did('retired')
  await destroyGeneration(place)
  did('destroyed')
}
`

async function newCa() {
  const base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-ca-killed-'))
  onTestFinished(() => rm(base, { recursive: true }))
  const passphrase = generatePassphrase()
  const root = { directory: join(base, 'root'), passphrase, commonName: 'Test Root' }
  await using parent = await createCa(root)
  const directory = join(base, 'ca')
  await using ca = await createCa({ directory, passphrase, commonName: 'Test CA', parent })
  await mkdir(join(base, 'lists'))
  for (const keystore of [parent, ca]) {
    const options = { keystores: [keystore], directory: join(base, 'lists') }
    // Of the issuing CA: that of the root is there then.
    await (await openRevocationLists(options)).close()
  }
  return { base, directory, passphrase }
}

/** Waits for so many steps of a process, and for a part of the next, however fast the machine is. */
async function passSteps(count: number, output: Readable, steps: string[]): Promise<void> {
  let [left, begun, last] = [count, performance.now(), 0]
  for await (const line of createInterface({ input: output })) {
    if (line !== 'started') {
      steps.push(line)
      last = performance.now() - begun
      left -= 1
    }
    begun = performance.now()
    if (left <= 0) break
  }
  await wait(randomInt(200 + Math.ceil(last)))
}

it('K14: a rotation of a CA that is killed anywhere leaves a CA that a service can start with, and goes on', async () => {
  const { base, directory, passphrase } = await newCa()
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const steps: string[] = []
  for (let round = 0; round < (isExhaustive ? 8 : 4) || !steps.includes('destroyed'); round += 1) {
    const options = ['--conditions=@rekey/source', '--import=tsx', '--input-type=module']
    const child = spawn(process.execPath, [...options, '-e', PROGRAM, base], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: import.meta.dirname,
    })
    child.stdin.end(passphrase.expose())
    await passSteps(randomInt(5), child.stdout, steps)
    expect(child.exitCode).toBe(null)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { active, forLists } = await findGenerations(directory)
    await using keystore = await openCaKeystore({ directory: active, passphrase: held })
    expect(keystore.name).toMatch(/^CN=Test CA G\d+$/)
    expect(forLists.length).toBeLessThanOrEqual(1)
    expect((await readGenerations(directory)).in('active')).toHaveLength(1)
    const lists = await readFile(join(base, 'lists/crl-bundle.pem'), 'utf8')
    expect(lists.match(/BEGIN X509 CRL/g)?.length).toBeGreaterThanOrEqual(2)
  }
}, 600_000)
