import { createRequire } from 'node:module'
import { SecretError } from '@rekey/secret'
import { installCommand } from '@rekey/secret/internal'
import type { SmtpAsking } from '@rekey/secret/internal/kind'
import type { MailLogin } from './mail-login.ts'

/** Whether a mail server accepts a login. @throws {SecretError} as `acceptsSmtpLogin`; `refused` where `nodemailer` is not installed */
export async function acceptsLogin(
  login: MailLogin,
  asking: Omit<SmtpAsking, 'client'>,
): Promise<boolean> {
  // What a service loads at its start has no schemas.
  const { acceptsSmtpLogin } = await import('@rekey/secret/internal/kind')
  return acceptsSmtpLogin(login, { ...asking, client: await loadClient() })
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
