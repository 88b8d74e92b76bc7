import { execFile } from 'node:child_process'
export const sign = (privateKeyPath: string) =>
  execFile('openssl', ['dgst', '-sign', privateKeyPath], () => undefined)
