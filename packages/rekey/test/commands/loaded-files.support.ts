import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const PACKAGES = dirname(dirname(dirname(MAIN)))

/** Writes the address of each module that is loaded into the file of a variable, as the process ends. */
const COUNTER = `
import { writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
const hooks = \`let port
export const initialize = (data) => { port = data.port }
export const load = (url, context, next) => { port.postMessage(url); return next(url, context) }\`
const { port1, port2 } = new MessageChannel()
register('data:text/javascript,' + encodeURIComponent(hooks), { data: { port: port2 }, transferList: [port2] })
process.on('exit', () => {
  const urls = []
  for (let one; (one = receiveMessageOnPort(port1)); ) urls.push(one.message)
  writeFileSync(process.env.LOADED_FILES, JSON.stringify(urls))
})
`

/** The module that a service imports first. */
export const LOADER = join(PACKAGES, 'config-loader', 'dist', 'index.js')

/** Runs `rekey`, or another module, as it is packed, and lists the files of this repository that it loads. */
export async function filesLoadedBy(
  args: readonly string[],
  main = MAIN,
): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-loaded-'))
  try {
    const file = join(directory, 'urls.json')
    const counter = `--import=data:text/javascript,${encodeURIComponent(COUNTER)}`
    const env = { ...process.env, LOADED_FILES: file }
    await promisify(execFile)(process.execPath, [counter, main, ...args], { env, cwd: directory })
    const urls = JSON.parse(await readFile(file, 'utf8')) as string[]
    const paths = urls.flatMap((url) => (url.startsWith('file:') ? [fileURLToPath(url)] : []))
    const own = paths.map((path) => relative(PACKAGES, path))
    return [...new Set(own)].filter(
      (path) => !path.startsWith(`..${sep}`) && !path.includes('node_modules'),
    )
  } finally {
    await rm(directory, { recursive: true })
  }
}
