import { execFileSync } from 'node:child_process'
export const login = (user, password) =>
  execFileSync('docker', ['login', '-u', user, '--password-stdin'], { input: password })
