import { isAbsolute, resolve, sep } from 'node:path'
import type { Deployment } from '../deployment.ts'
import { SecretError } from '@rekey/secret'

/**
 * The schemes of stores that are not in the directory of a stack, and the variables without which their clients look for credentials
 * in the environment or on the machine.
 */
const REMOTE: ReadonlyMap<string, readonly string[]> = new Map([
  ['vault', ['VAULT_ADDR']],
  ['aws', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  ['kubernetes', ['KUBECONFIG']],
])

/**
 * Checks that a stack names each credential itself and each file in its own directory, so that using it opens no other file of the
 * user and sends nothing of the caller.
 *
 * @throws {SecretError} `refused`, without what is named
 */
export function checkSelfContained({ store, auditDirectory }: Deployment, directory: string): void {
  const { locator, variables } = store
  const [scheme = '', ...rest] = locator.split(':')
  const needed = REMOTE.get(scheme)
  for (const name of needed ?? []) {
    if (variables[name] === undefined) throw refused(directory, `${name} is missing`)
  }
  const paths = Object.entries(variables).flatMap(([name, value]) => {
    if (typeof value !== 'string') return [[name, value.file] as const]
    return isAbsolute(value) || name.endsWith('_FILE') ? [[name, value] as const] : []
  })
  if (needed === undefined) paths.push(['locator', rest.join(':')])
  for (const [name, path] of [...paths, ['auditDirectory', auditDirectory] as const]) {
    if (resolve(path).startsWith(directory + sep)) continue
    throw refused(directory, `${name} names a file elsewhere`)
  }
}

function refused(directory: string, problem: string): SecretError {
  const what = `the stack in ${directory} is not complete in itself: ${problem}`
  return new SecretError('refused', `${what}. Start it anew, or name its file with --family`)
}
