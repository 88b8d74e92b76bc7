import { basename } from 'node:path'
import { SecretError } from '@rekey/secret'

const FILE = String.raw`/(?:[^,\s/]+/)*[a-z0-9][a-z0-9-]{0,62}\.uses`

/** `/var/lib/vpn-uses/vpn1.uses`: the file of each VPN server, with commas between. */
export const USES_FILES = new RegExp(`^${FILE}(?:,${FILE}){0,99}$`)

/**
 * Reads the setting that names the files of the VPN servers.
 *
 * @throws {SecretError} `malformed` if two servers have one name
 */
export function parseUsesFiles(text: string): readonly string[] {
  const files = text.split(',')
  if (new Set(files.map((file) => basename(file))).size === files.length) return files
  const message = 'VPN_USES_FILES has two files of one name: name each after its VPN server'
  throw new SecretError('malformed', message)
}
