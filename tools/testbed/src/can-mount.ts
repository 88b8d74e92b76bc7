import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { getuid } from 'node:process'

/** Whether this process may mount a file system of its own, as a disk that is full: as root, where the kernel and the container let it. */
export function canMount(): boolean {
  if (getuid?.() !== 0) return false
  const mount = ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]
  try {
    execFileSync('unshare', mount, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
