import { spawn } from 'node:child_process'
export function run(apiKey) {
  const args = ['--quiet']
  args.push('--api-key', apiKey)
  return spawn('upload', args)
}
