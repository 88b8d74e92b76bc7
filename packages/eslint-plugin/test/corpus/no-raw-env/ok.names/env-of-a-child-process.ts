import { spawn } from 'node:child_process'

export const run = (command: string, environment: Record<string, string>) =>
  spawn(command, { env: environment })
