import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issue, issueServer, type ServerTls } from '@rekey/testbed/certificates'

/** The root of the servers outside the family, which stands for the public ones. */
export interface PublicRoot {
  readonly pem: string
  /** Where services and the rotator read it. */
  readonly file: string
  /** Issues a certificate for a server on this machine. */
  issue(): ServerTls
}

/** Longer than any stack runs. */
const VALIDITY_MS = 30 * 86_400_000

/** Makes a root that is not the family's own, and keeps its certificate in a file. Its key lives no longer than the process. */
export async function createPublicRoot(directory: string): Promise<PublicRoot> {
  const notAfter = new Date(Date.now() + VALIDITY_MS)
  const root = issue({ commonName: 'Public Root of this stack', ca: true, notAfter })
  const file = join(directory, 'public-root.crt')
  await writeFile(file, root.pem)
  return { pem: root.pem, file, issue: () => issueServer(root, { notAfter }) }
}
