import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecretStore } from '@rekey/secret'

/** The values of these secrets, and the password inside each DSN. */
export async function valuesOf(store: SecretStore, names: readonly string[]): Promise<string[]> {
  const staged = await Promise.all(names.map((name) => store.read(name)))
  return staged.flatMap(({ current }) => {
    const value = current.value.expose()
    const isUrl = value.startsWith('postgresql:')
    return isUrl ? [value, decodeURIComponent(new URL(value).password)] : [value]
  })
}

/** What processes and files of a place for temporary files show to others: by where it is shown. */
export async function shownBy(directory: string, stack: string): Promise<Map<string, string>> {
  const shown = new Map<string, string>()
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [commandLine, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readIfThere(join('/proc', pid, file))),
    )
    shown.set(`the arguments of ${pid}`, commandLine ?? '')
    if (environment?.includes(directory)) shown.set(`the environment of ${pid}`, environment)
  }
  const files = [join(stack, 'stack.json')]
  for (const folder of ['logs', 'audit']) files.push(...(await pathsIn(join(stack, folder))))
  for (const server of await readdir(directory)) {
    if (!server.startsWith('rekey-')) continue
    const paths = await pathsIn(join(directory, server))
    files.push(...paths.filter((path) => path.endsWith('.log')))
  }
  for (const file of files) shown.set(file, (await readIfThere(file)) ?? '')
  return shown
}

async function pathsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).map((name) => join(directory, name))
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
