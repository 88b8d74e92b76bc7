// @lane servers
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs'
import { copyFile, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REKEY } from '@rekey/test-support'
import { afterAll, expect, it } from 'vitest'

/** A process with no interface but a loopback that is down. */
const WITHOUT_NETWORK = ['unshare', '--net'] as const
const base = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-offline-'))
afterAll(() => rm(base, { recursive: true }))

/** Whether a process may leave the network; a machine of a CI must let it. */
function mayLeaveNetwork(): boolean {
  const [unshare, ...flags] = WITHOUT_NETWORK
  try {
    execFileSync(unshare, [...flags, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return process.env['CI'] === 'true'
  }
}

/** A machine: a folder, and a command line without the files of the other one. */
function machine(name: string, way: readonly string[]) {
  const cwd = join(base, name)
  mkdirSync(cwd, { mode: 0o700 })
  const start = (command: readonly string[]) => {
    const [file = '', ...args] = [...way, ...command]
    const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }
  const rekey = (...args: string[]) => {
    const { status, output } = start([process.execPath, REKEY, 'ca', ...args])
    expect(status, output).toBe(0)
    return output
  }
  return { cwd, start, rekey }
}

it.runIf(mayLeaveNetwork())(
  'a root on a machine without a network signs the next key of a CA on another one, and each has one file of the other',
  async () => {
    const root = machine('root', WITHOUT_NETWORK)
    const online = machine('online', [])
    const { output: interfaces } = root.start(['cat', '/proc/self/net/dev'])
    expect(interfaces.match(/^\s*\w+:/gm)?.map((one) => one.trim())).toEqual(['lo:'])
    const carry = (name: string, from: string, to: string) =>
      copyFile(join(from, name), join(to, name))

    root.rekey('init-root', 'root', '--name', 'Offline Root', '--passphrase-out', 'root.pass')
    const parent = ['--parent', 'root', '--parent-passphrase-file', 'root.pass']
    root.rekey('create', 'ca', '--name', 'VPN CA', ...parent, '--passphrase-out', 'ca.pass')
    execFileSync('cp', ['-a', join(root.cwd, 'ca'), join(root.cwd, 'ca.pass'), online.cwd])

    const own = ['--passphrase-file', 'ca.pass']
    const made = online.rekey('rotate', 'prepare', 'ca', ...own, '--request', 'g2.csr')
    expect(made).toContain('--name "VPN CA G2"')
    expect(online.rekey('rotate', 'status', 'ca')).toContain('generation 2  requested')
    await carry('g2.csr', online.cwd, root.cwd)
    const order = ['--request', 'g2.csr', '--name', 'VPN CA G2', '--out', 'g2.crt']
    root.rekey('sign-intermediate', 'root', ...order, '--passphrase-file', 'root.pass')
    await carry('g2.crt', root.cwd, online.cwd)
    online.rekey('rotate', 'install', 'ca', '--certificate', 'g2.crt')
    expect(online.rekey('rotate', 'status', 'ca')).toContain('generation 2  prepared')
    const installed = await readFile(join(online.cwd, 'ca/generation-2/ca.crt'), 'utf8')
    expect(installed).toBe(await readFile(join(root.cwd, 'g2.crt'), 'utf8'))
  },
  240_000,
)
