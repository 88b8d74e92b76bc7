// @lane servers
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { runCompiled } from '@rekey/testbed'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FamilyReport } from './network/family-main.ts'
import { namespaces, openNetwork } from './network/namespaces.ts'

const HOSTS = ['frontend', 'signing', 'certtransparency', 'postgres', 'rotator']
const FAMILY_MAIN = join(import.meta.dirname, 'network/family-main.ts')

const isPossible =
  process.platform === 'linux' &&
  process.geteuid?.() === 0 &&
  spawnSync('ip', ['netns', 'list']).status === 0
if (!isPossible) {
  const message = 'network namespaces take Linux, root, and the program ip of iproute2'
  if (process.env['CI'] === 'true') throw new Error(message)
  process.stderr.write(`Suite skipped: ${message}\n`)
}

describe.runIf(isPossible)('a family on hosts of its own', () => {
  it('serves logins and certificates by names, and loses no request while its keys and logins are rotated', async () => {
    await using network = await openNetwork(HOSTS)
    const commands = Object.fromEntries(HOSTS.map((host) => [host, network.commandOn(host)]))
    const [command, ...args] = network.commandOn('rotator')
    const order = JSON.stringify({ commands })
    const child = spawn(command, [...args, process.execPath, ...runCompiled(FAMILY_MAIN), order], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: network.directory },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { load, notices, rotations, changed } = JSON.parse(stdout) as FamilyReport
    expect(load).toMatchObject({ failures: 0, failuresByReason: {} })
    expect(load.profiles).toBeGreaterThanOrEqual(6)
    expect(load.logins).toBeGreaterThanOrEqual(2)
    expect(notices).toEqual({ taken: load.profiles, refused: 0 })
    for (const [title, end] of Object.entries(rotations)) {
      expect({ title, ...end }).toEqual({ title, code: 0, stderr: '' })
    }
    expect(changed).toEqual(Object.keys(rotations))
  }, 300_000)

  it('leaves no namespace and no file behind, not even those of a test that was killed', async () => {
    const gone = spawnSync('true').pid
    const left = [`rekey${gone}-frontend`, `rekey${gone}-switch`]
    for (const name of left) {
      expect(spawnSync('ip', ['netns', 'add', name]).status).toBe(0)
      await mkdir(`/etc/netns/${name}`, { recursive: true })
      await writeFile(`/etc/netns/${name}/hosts`, '')
    }
    await mkdir(join(tmpdir(), `rekey${gone}-files/log`), { recursive: true })
    const network = await openNetwork(['one'])
    expect(await namespaces()).toContain(`rekey${process.pid}-one`)
    expect(existsSync(network.directory)).toBe(true)
    await network[Symbol.asyncDispose]()
    const own = new RegExp(`^rekey(${gone}|${process.pid})-`)
    const names = [...(await namespaces()), ...(await readdir(tmpdir()))]
    expect(names.filter((name) => own.test(name))).toEqual([])
  })
})
