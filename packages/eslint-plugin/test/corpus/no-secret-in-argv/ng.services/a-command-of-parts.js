import { exec } from 'node:child_process'
import { secret } from '../../secret.ts'
export function upload(file) {
  const parts = ['curl', '-sS', '-T', file]
  parts.push(`-H 'x-api-key: ${secret.expose()}'`)
  return new Promise((resolve, reject) => {
    exec(parts.join(' '), (error, stdout) => (error ? reject(error) : resolve(stdout)))
  })
}
