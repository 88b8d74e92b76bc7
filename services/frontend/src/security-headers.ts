import { isLoopbackName } from '@rekey/secret'
import type { FastifyInstance } from 'fastify'

/** Nothing inline, no other origin, and none may show the portal in a frame (CSP Level 3). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // With `no-referrer` browsers would send forms of our own with `Origin: null`.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/**
 * Adds to every answer what keeps a browser from storing it, from framing it, from running anything but our script in it, and from clear text (RFC 6797). The
 * last is for a host and so for all of its ports: not for a name of loopback, which others use too.
 */
export function addSecurityHeaders(app: FastifyInstance, publicUrl: string): void {
  const { protocol, hostname } = new URL(publicUrl)
  const isShared = protocol !== 'https:' || isLoopbackName(hostname)
  const transport = isShared ? {} : { 'strict-transport-security': 'max-age=31536000' }
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers({ ...HEADERS, ...transport })
    done()
  })
}
