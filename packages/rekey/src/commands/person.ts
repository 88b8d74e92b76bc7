import { readRegularFile } from '@rekey/secret/internal/files'
import { userInfo } from 'node:os'
import type { CliContext } from './cli-context.ts'

/** Mounted into each pod that has a service account. */
const ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
/** Linux keeps who logged in, through sudo and su, and lets no process change it: pam_loginuid(8). */
const LOGIN_UID = '/proc/self/loginuid'
const NO_LOGIN = '4294967295'
/** Names a file with the ID token of the person who had a pipeline run this command. */
const ID_TOKEN_FILE = 'REKEY_ID_TOKEN_FILE'

/**
 * Names the person behind this process for the audit log, from the most certain on: the Unix user, with the login behind `sudo` where the system keeps
 * it; in a pod its service account; and the subject of an ID token that the command was given, whose signature is not verified here, as the word `claimed` states.
 *
 * @returns `unix:0:root, login unix:1000`, `unix:65532, kubernetes:system:serviceaccount:vpn:rekey`, `unix:1000:alice, claimed oidc:ISSUER#SUBJECT`
 */
export async function findPerson({ env }: Pick<CliContext, 'env'>): Promise<string> {
  const unix = describeUser()
  const login = await loginBehind(env)
  const account = subjectOf(await readIfAllowed(ACCOUNT_TOKEN))
  const token = env[ID_TOKEN_FILE]
  const claimed = token === undefined ? undefined : subjectOf(await readIfAllowed(token))
  return [
    unix,
    ...(login === undefined ? [] : [`login ${login}`]),
    ...(account === undefined ? [] : [`kubernetes:${account.subject}`]),
    ...(claimed === undefined ? [] : [`claimed oidc:${claimed.issuer}#${claimed.subject}`]),
  ].join(', ')
}

function describeUser(): string {
  try {
    const { uid, username } = userInfo()
    return `unix:${uid}:${username}`
  } catch {
    // An account of a container has no name.
    return `unix:${process.getuid?.() ?? 'unknown'}`
  }
}

async function loginBehind(env: CliContext['env']): Promise<string | undefined> {
  const uid = process.getuid?.()
  const login = (await readIfAllowed(LOGIN_UID))?.trim()
  const isKnown = login !== undefined && /^\d+$/.test(login) && login !== NO_LOGIN
  if (isKnown) return login === String(uid) ? undefined : `unix:${login}`
  // sudo sets these; for another user than root they are whatever that user has set.
  const { SUDO_UID: sudoer = '', SUDO_USER: name = '' } = env
  return uid === 0 && /^\d+$/.test(sudoer) ? `unix:${sudoer}:${name}` : undefined
}

async function readIfAllowed(path: string): Promise<string | undefined> {
  return readRegularFile(path).catch(() => undefined)
}

const MAX_CHARS = 200

/** Subject and issuer of a JWT (RFC 7519). */
function subjectOf(token: string | undefined): { subject: string; issuer: string } | undefined {
  const [, payload] = (token ?? '').trim().split('.')
  if (payload === undefined) return undefined
  try {
    const text = Buffer.from(payload, 'base64url').toString('utf8')
    const { sub, iss } = JSON.parse(text) as { sub: unknown; iss: unknown }
    if (typeof sub !== 'string' || sub === '') return undefined
    const issuer = typeof iss === 'string' ? iss : ''
    return { subject: sub.slice(0, MAX_CHARS), issuer: issuer.slice(0, MAX_CHARS) }
  } catch {
    // The parser's message quotes the token.
    return undefined
  }
}
