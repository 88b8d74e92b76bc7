import { execFileSync } from 'node:child_process'

const isRoot = process.geteuid?.() === 0

/** An account of the machine without rights. */
const OTHER_UID = 65_534

/** In the title of a test: whether it has a second account, or one account stands for both. */
export const BY_OTHER_USER = isRoot ? 'another user' : 'another user (played by this one)'

/** Runs a shell script as another user, where this one may become it. Its arguments are `$1`, `$2`, … */
export function runAsOther(script: string, ...args: readonly string[]): void {
  const user = isRoot ? { uid: OTHER_UID, gid: OTHER_UID } : {}
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  execFileSync('/bin/sh', ['-euc', script, 'sh', ...args], { ...user, env, cwd: '/' })
}
