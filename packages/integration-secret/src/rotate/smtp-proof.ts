import { isLoopbackName, NON_PRODUCTION_PREFIX, type Secret, SecretError } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { acceptsSmtpLogin } from '@rekey/secret/internal/kind'
import { readTrust, type Trust } from '@rekey/secret/trust'

/** A mail server that judges credentials by SMTP AUTH (RFC 4954). A login of a mail server alone is the kind `smtp` of @rekey/smtp. */
export interface SmtpProof {
  readonly host: string
  readonly port: number
  readonly user: string
  /** `starttls` within the session (RFC 3207), `tls` from its start (RFC 8314); `none` on loopback alone, with the mark of development. */
  readonly security: 'starttls' | 'tls' | 'none'
  /** Default: the roots of Node.js. */
  readonly trust?: Trust | undefined
}

/**
 * Whether a mail server accepts a credential. No mail is sent.
 *
 * @throws {SecretError} `unreachable` without an answer; `refused` for a session in clear text, and where `nodemailer` is not installed;
 *   as a file error if the roots cannot be read
 */
export async function acceptsBySmtp(
  { host, port, user, security, trust }: SmtpProof,
  password: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  const isForDevelopment = password.expose().startsWith(NON_PRODUCTION_PREFIX)
  if (security === 'none' && !(isLoopbackName(host) && isForDevelopment)) {
    const message = `the credential for ${host} would be sent in clear text: set security to starttls or tls`
    throw new SecretError('refused', message, { host })
  }
  const peer = { url: import.meta.url, of: '@rekey/integration-secret', name: 'nodemailer' }
  const { default: client } = await importPeer(
    { ...peer, need: 'a proof by SMTP' },
    () => import('nodemailer/lib/smtp-connection'),
  )
  const requireTLS = security === 'starttls'
  const login = { host, port, user, password, secure: security === 'tls', requireTLS }
  const ca = trust && (await readTrust(trust))
  return acceptsSmtpLogin(login, { client, ca, signal })
}
