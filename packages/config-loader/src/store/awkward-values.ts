import { randomBytes } from 'node:crypto'

/** Values that a format is likely to damage, by the cause. Made anew by each call. */
export function awkwardValues(): Readonly<Record<string, string>> {
  const noise = randomBytes(24).toString('base64url')
  return {
    spaces: `  ${noise} ${noise}  `,
    'single quotes': `'${noise}'`,
    'double quotes': `"${noise}"`,
    'single and double quotes': `${noise}'"${noise}`,
    dollars: `$${noise}\${HOME}$(id)`,
    hashes: `#${noise} #${noise}#`,
    'equal signs': `=${noise}=`,
    backslashes: `\\${noise}\\n\\`,
    'a PEM-like text': `-----BEGIN ${noise}-----\n${noise}\n-----END ${noise}-----\n`,
    unicode: `${noise}é漢🔑\u00a0\u2028`,
    'all bytes in base64': Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64'),
    '16 KiB': randomBytes(8_192).toString('hex'),
  }
}
