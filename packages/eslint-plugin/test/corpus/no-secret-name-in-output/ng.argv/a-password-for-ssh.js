import { spawn } from 'node:child_process'
import { CONFIG } from './config.js'
export const run = (command) =>
  spawn('sshpass', ['-p', CONFIG.remote.password, 'ssh', CONFIG.remote.host, command])
