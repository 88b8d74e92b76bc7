import { spawn } from 'node:child_process'
function listArguments(archive: string, password?: string) {
  const args = ['l', '-slt']
  if (password) args.push(`-p${password}`)
  return [...args, archive]
}
export const list = (archive: string, password: string) =>
  spawn('7z', listArguments(archive, password))
