import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

const SYSTEMD = '/lib/systemd/systemd'

/** Whether a manager can be started here: it takes root, for namespaces of its own. */
export const canRunSystemd = process.geteuid?.() === 0 && existsSync(SYSTEMD)

/** A real systemd, as the manager of a user, in namespaces of its own: nothing outside of them is changed. */
const SCRIPT = `mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system
${SYSTEMD} --user --unit=basic.target --log-level=err & wait`

/** Starts a manager, with units whose processes append a line to a file at each start. */
export async function openSystemd(units: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'rekey-systemd-'))
  await mkdir(join(directory, 'systemd/user'), { recursive: true })
  await mkdir(join(directory, 'marks'), { mode: 0o700 })
  const starts = join(directory, 'starts')
  await writeFile(starts, '')
  for (const [name, service] of Object.entries(units)) {
    const text = `[Unit]\nDefaultDependencies=no\n[Service]\n${service.replaceAll('STARTS', starts)}\n`
    await writeFile(join(directory, 'systemd/user', name), text)
  }
  process.env['XDG_RUNTIME_DIR'] = directory
  const flags = ['-m', '-p', '-f', '--kill-child', '--mount-proc', 'bash', '-c', SCRIPT]
  const child = spawn('unshare', flags, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (!existsSync(join(directory, 'systemd/private'))) {
    if (child.exitCode !== null) throw new Error('systemd did not start')
    await delay(50)
  }
  // The manager takes no calls from processes of other namespaces.
  const [leader = ''] = (
    await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  ).split(' ')
  const systemctl = `#!/bin/sh\nexec nsenter -t ${leader} -m -p /usr/bin/systemctl "$@"\n`
  await mkdir(join(directory, 'bin'))
  await writeFile(join(directory, 'bin/systemctl'), systemctl, { mode: 0o755 })
  const path = process.env['PATH']
  process.env['PATH'] = `${join(directory, 'bin')}:${path}`
  return {
    marks: join(directory, 'marks'),
    countStarts: async () => (await readFile(starts, 'utf8')).split('\n').length - 1,
    async [Symbol.asyncDispose]() {
      delete process.env['XDG_RUNTIME_DIR']
      process.env['PATH'] = path
      child.kill('SIGKILL')
      await ended
      await rm(directory, { recursive: true })
    },
  }
}
