import { createRequire } from 'node:module'
import { SecretError } from '@rekey/secret'
import { installCommand } from '@rekey/secret/internal'
import type { SmtpAsking } from '@rekey/secret/internal/kind'
import type { Trust } from '@rekey/secret/trust'
import type { MailLogin } from './mail-login.ts'

/** How a mail server is asked. */
interface Asking extends Pick<SmtpAsking, 'signal'> {
  /** The roots that are trusted, read each time. Default: those of Node.js. */
  readonly trust: Trust | undefined
}

/**
 * Whether a mail server accepts a login.
 *
 * @throws {SecretError} as `acceptsSmtpLogin`; `refused` where `nodemailer` is not installed; as a file error if the roots cannot be read
 */
export async function acceptsLogin(login: MailLogin, { trust, signal }: Asking): Promise<boolean> {
  const client = await loadClient()
  // A service that proves nothing loads none of it.
  const { acceptsSmtpLogin } = await import('@rekey/secret/internal/kind')
  const { readTrust } = await import('@rekey/secret/trust')
  const ca = trust && (await readTrust(trust))
  return acceptsSmtpLogin(login, { client, ca, signal })
}

/** The first release whose client this is tried with. npm would refuse an application that has an older one for itself, were it a peer's range. */
const FIRST_CLIENT = 10

async function loadClient(): Promise<SmtpAsking['client']> {
  const command = installCommand(import.meta.url, '@rekey/smtp', 'nodemailer')
  try {
    const manifest = createRequire(import.meta.url)('nodemailer/package.json') as {
      version: string
    }
    if (Number.parseInt(manifest.version, 10) >= FIRST_CLIENT) {
      return (await import('nodemailer/lib/smtp-connection')).default
    }
  } catch {
    const message = `a login at a mail server needs nodemailer, which is not installed: ${command}`
    throw new SecretError('refused', message)
  }
  const message = `a login at a mail server needs nodemailer ${FIRST_CLIENT}: ${command}`
  throw new SecretError('refused', message)
}
