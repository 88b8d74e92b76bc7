import { spawn } from 'node:child_process'
export const run = (host, password, command) =>
  spawn('sshpass', ['-e', 'ssh', host, command], { env: { ...process.env, SSHPASS: password } })
