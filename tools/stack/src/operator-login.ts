import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findFreePort } from '@rekey/testbed'
import type { ProviderOptions } from './open-provider.ts'

/** How operators log in to the console of a stack. */
export interface OperatorLogin {
  /** Where the console listens, since the provider leads browsers there. */
  readonly port: number
  /** For `rekey console --login`. */
  readonly file: string
  /** The file with the client secret of the console. */
  readonly clientSecretFile: string
}

/** A login that the provider does not know of yet. */
interface PlannedLogin {
  /** The console, as a client of the provider. */
  readonly client: NonNullable<ProviderOptions['otherClients']>[number]
  /** Writes its files once the provider is there. */
  write(provider: { readonly issuer: string; readonly trustFile: string }): Promise<OperatorLogin>
}

const CLIENT_ID = 'console'

/** Plans a login where alice may rotate and bob may look. Its files are in `directory`, for this user alone. */
export async function planOperatorLogin(directory: string): Promise<PlannedLogin> {
  const port = await findFreePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const clientSecret = randomBytes(32).toString('base64url')
  const file = join(directory, 'console-login.json')
  const clientSecretFile = join(directory, 'console-client-secret')
  return {
    client: {
      clientId: CLIENT_ID,
      clientSecret,
      redirectUris: [`${publicUrl}/callback`],
      signedOutUris: [`${publicUrl}/signed-out`],
    },
    async write({ issuer, trustFile }) {
      const roles = { claim: 'sub', viewer: ['bob'], operator: ['alice'] }
      const settings = { issuer, clientId: CLIENT_ID, publicUrl, roles, trust: { file: trustFile } }
      await writeFile(file, JSON.stringify(settings))
      await writeFile(clientSecretFile, clientSecret, { mode: 0o600 })
      return { port, file, clientSecretFile }
    },
  }
}
