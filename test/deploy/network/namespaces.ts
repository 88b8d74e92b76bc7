import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** `ip netns exec NAME` shows a process the files of `/etc/netns/NAME` in place of those of `/etc` (ip-netns(8)). */
const ETC = '/etc/netns'
const OWNED = /^rekey(\d+)-/

/** Hosts of their own on one switch: each has loopback, one address, and the names of the others. */
export interface Network extends AsyncDisposable {
  /** What starts a program on a host, before the program. */
  commandOn(host: string): readonly [string, ...string[]]
  /** The folder for temporary files of what runs on the hosts, removed with the network. */
  readonly directory: string
}

/**
 * Makes a network namespace for each host, and one for the switch, so that this machine has no new interface. What an earlier process left that
 * was killed goes first.
 */
export async function openNetwork(hosts: readonly string[]): Promise<Network> {
  await removeLeftOver()
  const prefix = `rekey${process.pid}-`
  const nameOf = (host: string) => `${prefix}${host}`
  const close = () => removeOwned(prefix)
  const directory = join(tmpdir(), `${prefix}files`)
  const bridge = nameOf('switch')
  const inSwitch = (...args: string[]) => ip('-n', bridge, ...args)
  const table = hosts.map((host, index) => ({ host, address: `10.77.0.${index + 1}` }))
  const lines = ['127.0.0.1 localhost', ...table.map(({ host, address }) => `${address} ${host}`)]
  try {
    // PostgreSQL runs as a user of its own, who has a folder in there.
    await mkdir(directory, { mode: 0o711 })
    await ip('netns', 'add', bridge)
    await inSwitch('link', 'add', 'bridge', 'type', 'bridge')
    await inSwitch('link', 'set', 'bridge', 'up')
    for (const [index, { host, address }] of table.entries()) {
      const name = nameOf(host)
      await mkdir(join(ETC, name), { recursive: true })
      await writeFile(join(ETC, name, 'hosts'), `${lines.join('\n')}\n`)
      await ip('netns', 'add', name)
      await inSwitch('link', 'add', `port${index}`, 'type', 'veth', 'peer', 'eth0', 'netns', name)
      await inSwitch('link', 'set', `port${index}`, 'master', 'bridge', 'up')
      await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0')
      for (const device of ['lo', 'eth0']) await ip('-n', name, 'link', 'set', device, 'up')
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    directory,
    commandOn: (host) => ['ip', 'netns', 'exec', nameOf(host)],
    [Symbol.asyncDispose]: close,
  }
}

/** Removes the namespaces and files of processes that are gone. */
async function removeLeftOver(): Promise<void> {
  const names = [...(await namespaces()), ...(await readdir(tmpdir()))]
  const owners = new Set(names.flatMap((name) => OWNED.exec(name)?.[1] ?? []))
  for (const owner of owners) if (!isRunning(Number(owner))) await removeOwned(`rekey${owner}-`)
}

/** The names of all network namespaces, and of folders in `/etc/netns`. */
export async function namespaces(): Promise<string[]> {
  const folders = ['/run/netns', ETC].map((folder) => readdir(folder).catch((): string[] => []))
  return [...new Set((await Promise.all(folders)).flat())]
}

async function removeOwned(prefix: string): Promise<void> {
  for (const name of (await namespaces()).filter((each) => each.startsWith(prefix))) {
    const { stdout } = await run('ip', ['netns', 'pids', name]).catch(() => ({ stdout: '' }))
    for (const pid of stdout.split('\n').filter((line) => line !== '')) kill(Number(pid))
    await run('ip', ['netns', 'delete', name]).catch(() => undefined)
    await rm(join(ETC, name), { recursive: true, force: true })
  }
  await rm(join(tmpdir(), `${prefix}files`), { recursive: true, force: true })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args)
}
