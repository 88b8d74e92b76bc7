import { spawn } from 'node:child_process'

export const run = (command: string) =>
  spawn(command, { stdio: 'inherit', env: { ...process.env, FORCE_COLOR: '1' } })
