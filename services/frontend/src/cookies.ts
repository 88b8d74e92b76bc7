import { type CookieSerializeOptions, type FastifyCookieOptions, Signer } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SESSION_SECONDS } from './sessions.ts'

/** How the cookies of frontend are named and set. */
export interface Cookies {
  readonly login: string
  readonly session: string
  /** The state of a sign-out at the identity provider. */
  readonly signOut: string
  readonly attributes: CookieSerializeOptions
}

/**
 * Cookies with the prefix `__Host-` (RFC 6265bis §4.1.3.2): a browser takes them from this host alone, over https, so that
 * neither another host of the domain nor an attacker on the network can set them.
 */
export const COOKIES: Cookies = {
  login: '__Host-login',
  session: '__Host-session',
  signOut: '__Host-sign-out',
  attributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
}

/** The first of these secrets signs cookies, each verifies them. They are read at each call, since they are rotated. */
export function signedBy(secrets: string[]): FastifyCookieOptions {
  return {
    secret: {
      sign: (value: string) => new Signer(secrets).sign(value),
      unsign: (value: string) => new Signer(secrets).unsign(value),
    },
  }
}

/** Gives a browser the cookie of its session. */
export function giveSession(reply: FastifyReply, id: string): FastifyReply {
  const about = { ...COOKIES.attributes, maxAge: SESSION_SECONDS, signed: true }
  return reply.setCookie(COOKIES.session, id, about)
}

/** The id of a browser's session, if we signed it. One that the secret before has signed is signed anew. */
export function takeSession(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const { value, renew } = request.unsignCookie(request.cookies[COOKIES.session] ?? '')
  if (value !== null && renew) giveSession(reply, value)
  return value ?? undefined
}
