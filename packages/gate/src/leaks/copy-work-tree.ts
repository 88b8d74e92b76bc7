import { execFile } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024
const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']

/**
 * Copies what git tracks or would take into `target`, so that ignored files (`.env`, `node_modules`) are not searched.
 *
 * @returns how many files that are
 */
export async function copyWorkTree(root: string, target: string): Promise<number> {
  const { stdout } = await run('git', LIST, { cwd: root, maxBuffer: MAX_OUTPUT })
  const files = stdout.split('\0').filter((file) => file !== '')
  await mkdir(target, { recursive: true })
  for (const file of files) {
    await mkdir(dirname(join(target, file)), { recursive: true })
    await copyFile(join(root, file), join(target, file)).catch((error: unknown) => {
      const deleted = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!deleted) throw error
    })
  }
  return files.length
}
